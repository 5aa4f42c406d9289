// What the engine says of a query, in Japanese. The engine says it in English, names between backquotes; what is not listed here
// stays as it is.

type Rule = readonly [pattern: RegExp, say: string | ((...parts: string[]) => string)];

/** Of several names: `a`, `b` or `c`. */
const names = (list: string): string => list.replace(/ or (?=`[^`]*`(?: \([^)]*\))?$)/, '、').replaceAll(', ', '、');

/** What was expected at a place. */
const PARTS: readonly Rule[] = [
  [/^a dimension or `centre` after `by`$/, '`by`の後には項目名か`centre`'],
  [/^a dimension after `has`$/, '`has`の後には項目名'],
  [/^a dimension$/, '項目名'],
  [/^a value after `(..?)`$/, (after) => `\`${after}\`の後には値`],
  [/^(?:a|one) value$/, '値を1つ'],
  [/^a number after `at least`$/, '`at least`の後には数'],
  [/^`of` and a list in parentheses$/, '`of`と括弧に入れた並び'],
  [/^a list in parentheses after `of`$/, '`of`の後には括弧に入れた並び'],
  [/^a list in parentheses or a range after `in`$/, '`in`の後には括弧に入れた並びか範囲'],
  [/^`=`, `!=` or `in` after (`.*`)$/, (after) => `${after}の後には\`=\`、\`!=\`、\`in\`のいずれか`],
  [/^`and`, `or`, `by` or the end of the query$/, '`and`、`or`、`by`、または末尾'],
  [/^`,` or the end of the query$/, '`,`または末尾'],
  [/^`,` or `\)`$/, '`,`または`)`'],
  [/^the end of the query$/, '末尾'],
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
  [/^the query is longer than (\d+) bytes$/, (n) => `条件が長すぎます（${n}バイトまで）`],
  [/^the query nests more than (\d+) levels deep$/, (n) => `括弧が深すぎます（${n}段まで）`],
  [/^the query names more than (\d+) dimensions and values$/, (n) => `項目と値が多すぎます（${n}個まで）`],
  [/^the breakdown has more than (\d+) combinations$/, (n) => `内訳の組み合わせが多すぎます（${n}通りまで）`],
  [/^`at least 0` holds for everyone$/, '`at least 0`はすべての人に当てはまります'],
  [/^`at least (\d+)` of (\d+) holds for nobody$/, (n, of) => `条件は${of}個なので、\`at least ${n}\`に当てはまる人はいません`],
  // Writing
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
  [/^the (dimensions|codes|values) are (.*?)(?: and (\d+) more)?$/, (what, all, more) => `${{ dimensions: '項目', codes: 'コード', values: '値' }[what]}は${all.replaceAll(', ', '、')}${more ? `ほか${more}件` : ''}です`],
  [/^the life stages of its first record are (.*?)(?: and (\d+) more)?$/, (all, more) => `初回記録の時期は${all.replaceAll(', ', '、')}${more ? `ほか${more}件` : ''}です`],
  [/^the first (`.*`) was not counted by life stage$/, (code) => `${code}の初回記録は時期別に集計されていません`],
  [/^write the name instead of the label$/, '名称ではなくコードで書いてください'],
  [/^every centre is always asked; `by centre` at the end shows each of them$/, 'つねに全センターを集計します。末尾に`by centre`と書くとセンター別に表示します'],
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
  [/^add a closing double quote$/, '閉じる二重引用符を加えてください'],
  [/^add a `\)`$/, '`)`を加えてください'],
  [/^inside double quotes write (.*) for a quote and (.*) for a backslash$/, (quote, slash) => `二重引用符の中では、引用符は${quote}、バックスラッシュは${slash}と書きます`],
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
