// What the engine says of a query, in Japanese. The engine says it in English, names between backquotes; what is not listed here
// stays as it is.

type Rule = readonly [pattern: RegExp, say: string | ((...parts: string[]) => string)];

/** Names after each other. Commas inside a label are its own. */
const row = (list: string): string => list.replace(/, (?=`)/g, '、');

/** Of several names: `a`, `b` or `c`, each with its label behind it if it has one. */
const names = (list: string): string => row(list.replace(/ or (?=`[^`]*`(?: \(.*\))?$)/s, '、'));

/** What was expected at a place. */
const PARTS: readonly Rule[] = [
  [/^a dimension or `centre` after `by`$/, '`by`の後には項目名か`centre`'],
  [/^a dimension after `has`$/, '`has`の後には項目名'],
  [/^a dimension$/, '項目名'],
  [/^a value after `(..?)`$/, (after) => `\`${after}\`の後には値`],
  [/^(?:a|one) value$/, '1つの値'],
  [/^a number after `at least`$/, '`at least`の後には数'],
  [/^`of` and a list in parentheses$/, '`of`と括弧に入れた並び'],
  [/^a list in parentheses after `of`$/, '`of`の後には括弧に入れた並び'],
  [/^a list in parentheses or a range after `in`$/, '`in`の後には括弧に入れた並びか範囲'],
  [/^`=`, `!=` or `in` after (`.*`)$/, (after) => `${after}の後には\`=\`、\`!=\`、\`in\`のいずれか`],
  [/^`and`, `or`, `by` or the end of the query$/, '`and`、`or`、`by`、または末尾'],
  [/^`,` or the end of the query$/, '`,`または末尾'],
  [/^`,` or `\)`$/, '`,`または`)`'],
  [/^`and`, `or` or `\)`$/, '`and`、`or`、または`)`'],
  [/^the end of the query$/, '末尾'],
];

/** What a release may not have too many of. */
const AMOUNTS: readonly Rule[] = [
  [/^dimensions$/, '項目の数'],
  [/^dimensions that a centre collects$/, '1つのセンターが収集する項目の数'],
  [/^partitions$/, '区分の項目の数'],
  [/^partitions crossed by a table$/, '1つの表で掛け合わせる区分の数'],
  [/^centres$/, 'センターの数'],
  [/^tables$/, '表の数'],
  [/^small files$/, '小さなファイルの数'],
  [/^row groups$/, '行グループの数'],
  [/^structural zeros$/, '起こりえない組み合わせの数'],
  [/^values of (".*")$/s, (of) => `${of}の値の数`],
  [/^values of all dimensions times centres$/, '全項目の値の数とセンターの数の積'],
  [/^codes in a dictionary$/, '辞書のコードの数'],
  [/^levels of a hierarchy$/, '階層の段数'],
  [/^pairs of a code and one above it$/, 'コードとその上位コードの組の数'],
  [/^ways from a code to one above it$/, 'コードから上位コードへの経路の数'],
  [/^margins of a table$/, '1つの表の周辺集計の数'],
  [/^cells for one combination of codes$/, 'コードの組み合わせ1つあたりのセルの数'],
  [/^cells times structural zeros$/, 'セルの数と起こりえない組み合わせの数の積'],
  [/^cells to be held against structural zeros$/, '起こりえない組み合わせと照合するセルの数'],
  [/^rows times columns$/, '行の数と列の数の積'],
  [/^rows of a row group$/, '1つの行グループの行の数'],
  [/^bytes of a row group$/, '1つの行グループのバイト数'],
  [/^bytes of a footer$/, 'フッターのバイト数'],
  [/^bytes of (.*)$/s, (of) => `${of}のバイト数`],
  [/^bytes in the name of (.*)$/s, (of) => `${told(of, NAMED)}の名前のバイト数`],
  [/^bytes in a label of (.*)$/s, (of) => `${told(of, NAMED)}の名称のバイト数`],
];

/** What has a name or a label. */
const NAMED: readonly Rule[] = [
  [/^the release$/, 'リリース'],
  [/^a table$/, '表'],
  [/^a dimension$/, '項目'],
  [/^a code$/, 'コード'],
];

/** A part of a question in JSON. */
const place = (at: string): string => (at === 'the query' ? '条件' : `\`${at}\``);

/** What a part of a question in JSON must be, or is. */
const SORTS: readonly Rule[] = [
  [/^a condition, or "everyone"$/, '条件か`"everyone"`'],
  [/^a string$/, '文字列'],
  [/^a text$/, '文字列'],
  [/^a list$/, 'リスト'],
  [/^a number$/, '数'],
  [/^an object$/, 'オブジェクト'],
  [/^true or false$/, '真偽値'],
  [/^null$/, '`null`'],
];

const MESSAGES: readonly Rule[] = [
  // Names
  [/^(`.*`) is no (code|value) of (.*)$/, (word, what, of) => `${word}という${what === 'code' ? 'コード' : '値'}は${of}にありません`],
  [/^there is no dimension (`.*`)$/, (word) => `${word}という項目はありません`],
  [/^the centre is no dimension$/, 'センターは条件にできません'],
  [/^(`.*`) may be (`.*`)$/, (word, all) => `${word}は${names(all)}のいずれとも取れます`],
  [/^(.*) has no root `\*`, so "any code" was not counted$/, (of) => `${of}では「いずれか」の人数を集計していません`],
  // What the page says
  [/^the question was stopped$/, '集計を止めました'],
  [/^no answer came within (\d+) seconds$/, (n) => `${n}秒以内に答えが出ませんでした`],
  // Meaning
  [/^(.*) has no order, so it has no ranges$/, (of) => `${of}には順序がないため、範囲では指定できません`],
  [/^`unknown` has no place in the order of (.*)$/, (of) => `\`unknown\`は${of}の順序に入りません`],
  [/^the range is empty: its first value comes after its last$/, '範囲の始まりが終わりより後になっています'],
  [/^everyone has a value of (.*)$/, (of) => `${of}の値は、すべての人にあります`],
  [/^`by` names (`.*`) twice$/, (word) => `\`by\`に${word}が2回あります`],
  [/^after `by`, the dimension `centre` cannot be told from the centres$/, '`by`の後の`centre`は、項目とセンターのどちらにも取れます'],
  [/^the query stands for too many values$/, '条件に含まれる値が多すぎます'],
  [/^(`.*`) is not among the codes of (.*), and nothing says that what is not among them is rare$/, (word, of) => `${word}というコードは${of}になく、載っていないコードの該当者が少ないとは限りません`],
  [/^"(.*)" says not how to ask$/, (how) => `集計の指定\`${how}\`は正しくありません`],
  [/^the query is longer than (\d+) bytes$/, (n) => `条件が長すぎます（${n}バイトまで）`],
  [/^the query nests more than (\d+) levels deep$/, (n) => `括弧が深すぎます（${n}段まで）`],
  [/^the query names more than (\d+) dimensions and values$/, (n) => `項目と値が多すぎます（${n}個まで）`],
  [/^the breakdown has more than ([\d,]+) combinations$/, (n) => `内訳の組み合わせが多すぎます（${n}通りまで）`],
  [/^`at least 0` holds for everyone$/, '`at least 0`はすべての人に当てはまります'],
  [/^`at least (\d+)` of (\d+) holds for nobody$/, (n, of) => `条件は${of}個なので、\`at least ${n}\`に当てはまる人はいません`],
  // The release
  [/^(.*): ([\d,]+), and this version reads at most ([\d,]+)$/s, (what, n, most) => `${told(what, AMOUNTS)}が${n}あり、このバージョンで読める上限の${most}を超えています`],
  [/^the release has format (\d+), and this version reads format (\d+)$/, (n, format) => `リリースの形式は${n}ですが、このバージョンで読めるのは形式${format}です`],
  [/^table (".*") crosses more than two codes$/, (table) => `表${table}は3つ以上のコードを掛け合わせています`],
  [/^the published intervals exclude each other: no population has such counts$/, '公開されている範囲が互いに矛盾しており、このような人数になる集団はありえません'],
  [/^published intervals exclude each other: no population can have them$/, '公開されている範囲が互いに矛盾しており、このような人数になる集団はありえません'],
  // JSON
  [/^the query is longer than (\d+) bytes of JSON$/, (n) => `JSONの条件が長すぎます（${n}バイトまで）`],
  [/^the query is not JSON: .* at line (\d+) column (\d+)$/s, (line, column) => `条件をJSONとして読めません（${line}行目、${column}バイト目）`],
  [/^the query names more than (\d+) dimensions and values, or is longer than (\d+) bytes$/, (n, bytes) => `項目と値が多すぎるか、条件が長すぎます（${n}個、${bytes}バイトまで）`],
  [/^(filter[^ ]*)\.at_least must be a whole number from 1 to the number of terms in "of", which is (\d+)$/, (at, n) => `${place(`${at}.at_least`)}は1から条件の個数（${n}）までの整数にしてください`],
  [/^(the query|(?:filter|by)[^ ]*) must be (.*), found (.*)$/, (at, what, found) => `${place(at)}は${told(what, SORTS)}でなければなりませんが、${told(found, SORTS)}になっています`],
  [/^(the query|(?:filter|by)[^ ]*) is no condition$/, (at) => `${place(at)}は条件になっていません`],
  [/^(the query|(?:filter|by)[^ ]*) names a dimension, but no value$/, (at) => `${place(at)}に項目はありますが、値がありません`],
  [/^(the query|(?:filter|by)[^ ]*) is an empty list$/, (at) => `${place(at)}のリストが空です`],
  [/^(the query|(?:filter|by)[^ ]*) lacks (".*")$/, (at, key) => `${place(at)}に${key}がありません`],
  [/^(the query|(?:filter|by)[^ ]*) has a field (".*") that does not belong there$/, (at, key) => `${place(at)}に${key}は書けません`],
  // Writing
  [/^an invisible character, (`.*`), stands in this word$/, (which) => `語の途中に見えない文字${which}が入っています`],
  [/^(`.*`) means nothing here$/, (word) => `ここでは${word}は使えません`],
  [/^(`.*`) is no escape$/, (word) => `${word}という書き方はありません`],
  [/^this double quote is not closed$/, '二重引用符が閉じていません'],
  [/^this parenthesis is not closed before `by`$/, '`by`の前で括弧が閉じていません'],
  [/^this parenthesis is not closed$/, '括弧が閉じていません'],
  [/^this parenthesis closes nothing$/, '対応する括弧がありません'],
  [/^expected (.*), found (`.*`) alone$/, (what, found) => `${told(what, PARTS)}が必要ですが、${found}だけがあります`],
  [/^expected (.*), found (.*)$/, (what, found) => `${told(what, PARTS)}が必要ですが、${found === 'the end of the query' ? 'ここで終わっています' : `${found}があります`}`],
];

const HINTS: readonly Rule[] = [
  [/^did you mean (.*)\?$/, (all) => `${names(all)}のことですか`],
  [/^it is in (`.*`)$/, (where) => `${where}にあります`],
  [/^there is none$/, '1つもありません'],
  [/^ask again, or ask something simpler$/, 'もう一度集計するか、条件を簡単にしてください'],
  [/^the (dimensions|codes|values) are (`.*?)(?: and (\d+) more)?$/, (what, all, more) => `${{ dimensions: '項目', codes: 'コード', values: '値' }[what]}は${row(all)}${more ? `ほか${more}件` : ''}です`],
  [/^the life stages of its first record are (`.*?)(?: and (\d+) more)?$/, (all, more) => `初回記録の時期は${row(all)}${more ? `ほか${more}件` : ''}です`],
  [/^the codes that begin so are (`.*?)(?: and (\d+) more)?$/, (all, more) => `これで始まるコードは${row(all)}${more ? `ほか${more}件` : ''}です`],
  [/^the codes are a list of the publisher's: ask with `anything`, from nobody to everybody$/, 'コードは公開者が定めた一覧です。`anything`（0人から全員まで）を指定して集計してください'],
  [/^the fields are (".*") \((".*"), (".*"), (".*")\) and (".*") \(a number\)$/, (rule, ...rest) => `指定できるのは${rule}（${rest.slice(0, 3).join('、')}）と${rest[3]}（数）です`],
  [/^the first (`.*`) was not counted by life stage$/, (code) => `${code}の初回記録は時期別に集計されていません`],
  [/^write the name instead of the label$/, '名称ではなくコードで書いてください'],
  [/^every centre is always asked; `by centre` at the end shows each of them$/, 'つねに全センターを集計します。末尾に`by centre`と書くとセンター別に表示します'],
  [/^break down by fewer dimensions, or ask for one code at a time$/, '内訳の項目を減らすか、コードを1つずつ集計してください'],
  [/^name the codes that you mean$/, 'コードを挙げてください'],
  [/^name a code higher in the hierarchy instead of many codes$/, '多くのコードの代わりに、上位のコードを使ってください'],
  [/^with every value written out, it is limited to (\d+) names and (\d+) bytes$/, (n, bytes) => `すべての値を書き出して${n}個、${bytes}バイトまでです`],
  [/^list what you mean: (`.*`)$/, (how) => `並べて書いてください：${how}`],
  [/^ask for it beside the range: (`.*`)$/, (how) => `範囲の外に加えてください：${how}`],
  [/^leave out those whose value is missing with (`.*`)$/, (how) => `値のない人は${how}で除けます`],
  [/^leave the term out$/, 'この条件は不要です'],
  [/^leave one out$/, '1つにしてください'],
  [/^leave it out, or ask for 1 or more$/, '削除するか、1以上にしてください'],
  [/^leave it out, or add a `\(` before it$/, '削除するか、前に`(`を加えてください'],
  [/^leave out parentheses that change nothing$/, '不要な括弧を省いてください'],
  [/^the number is at most the number of terms in the list$/, '数は条件の個数以下にしてください'],
  [/^take it out$/, '取り除いてください'],
  [/^add a closing double quote$/, '閉じる二重引用符を加えてください'],
  [/^add a `\)`$/, '`)`を加えてください'],
  [/^inside double quotes write (.*) for a quote and (.*) for a backslash$/, (quote, slash) => `二重引用符の中では、引用符は${quote}、バックスラッシュは${slash}と書きます`],
  [/^use the hyphen `-`$/, 'ハイフン`-`を使ってください'],
  [/^use (`[^`]*`)$/, (how) => `${how}を使ってください`],
  [/^use `not`, or `!=` between a dimension and a value$/, '`not`、または項目と値の間に`!=`を使ってください'],
  [/^use `in` for a list: (`.*`)$/, (how) => `並びには\`in\`を使います：${how}`],
  [/^use `=` for one value, (`.*`) for several, (`.*`) for a range$/, (several, range) => `1つなら\`=\`、いくつかなら${several}、範囲なら${range}を使ってください`],
  [/^use double quotes: "..."$/, '二重引用符"..."を使ってください'],
  [/^use parentheses$/, '丸括弧を使ってください'],
  [/^write (`.*`), the number in digits$/, (how) => `${how}のように、数字で書いてください`],
  [/^write (`.*`), or (`.*`)$/, (one, other) => `${one}または${other}と書いてください`],
  [/^write (`.*`)$/, (how) => `${how}と書いてください`],
  [/^ranges of an ordered dimension are written (`.*`), (`.*`) or (`.*`)$/, (...all) => `順序のある項目の範囲は${all.slice(0, 3).join('、')}と書きます`],
  [/^ranges are written (`.*`)$/, (how) => `範囲は${how}と書きます`],
  [/^`by` stands last, with commas: (`.*`)$/, (how) => `\`by\`は最後に、コンマで区切って書きます：${how}`],
  [/^a name that is also a keyword goes in double quotes$/, '予約語と同じ名称は二重引用符で囲んでください'],
  [/^a name of several words goes in double quotes$/, '空白を含む名称は二重引用符で囲んでください'],
  [/^codes and labels with other characters than .*$/, '文字、数字、`_ - . @ * /`以外を含むコードや名称は二重引用符で囲んでください'],
  [/^join terms with `and` or `or`; a name of several words goes in double quotes$/, '条件は`and`か`or`でつなぎます。空白を含む名称は二重引用符で囲んでください'],
  [/^join terms with `and` or `or`$/, '条件は`and`か`or`でつないでください'],
  [/^a list cannot hold a range; join them with `or`$/, '並びに範囲は入れられません。`or`でつないでください'],
  [/^use one of: (.*)$/, (forms) => `次のいずれかで書いてください：${forms.replaceAll(', {', '、{')}`],
  [/^add "is", "in", "from" or "to"$/, '"is"、"in"、"from"、"to"のいずれかを加えてください'],
  [/^codes that look like numbers are strings too: (".*")$/, (how) => `数字だけのコードも${how}のように文字列で書いてください`],
  [/^use the version of Ninzu that wrote it, or a newer one$/, 'これを作成したバージョンか、より新しいバージョンのNinzuを使ってください'],
  [/^the release is wrong: tell its publisher; an imported table may need another rule for its markers$/, 'リリースに誤りがあるため、公開者に知らせてください。取り込んだ表では、記号の読み方を変える必要があるかもしれません'],
  [/^the tables come from different data or were altered; check them against their source$/, '表のもとのデータが異なるか、改変されています。元の資料と照合してください'],
];

function told(text: string, rules: readonly Rule[]): string {
  for (const [pattern, say] of rules) {
    const match = pattern.exec(text);
    if (match) return typeof say === 'string' ? say : say(...match.slice(1));
  }
  return text;
}

/** An error's message and hint. */
export interface Told {
  message: string;
  hint?: string | undefined;
}

/** The same in Japanese. */
export function inJapanese({ message, hint }: Told): Told {
  return { message: told(message, MESSAGES), hint: hint && told(hint, HINTS) };
}
