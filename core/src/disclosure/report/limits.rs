//! The guarantee and its limits in plain words, and how anybody checks it again.

use ninzu_engine::Language;

use super::html::{escape, say, section};
use super::subject::Subject;

/// A term and what is said of it.
type Item = (&'static str, String);

/// What is promised.
pub(super) fn guarantee(subject: &Subject<'_>, language: Language) -> String {
    let (k, small) = subject.threshold();
    let (promise, words) = match language {
        Language::En => (
            format!(
                "For every declared cell that is published with a lower bound below {k} or suppressed, the linear program over the \
                 published intervals of each audited subproblem has minimum 0 and maximum at least {small}."
            ),
            format!(
                "In other words: from the release alone nobody can prove that such a group has people, that it is empty, or that it is \
                 smaller than {small}. The same is asked of differences, such as everybody with a code but not one below it, wherever \
                 somebody could be: they must be able to reach {k}, or {small} while they may also be empty. Every answer is \
                 computed from these published intervals, so asking more questions, or cleverer ones, tells nothing more."
            ),
        ),
        Language::Ja => (
            format!(
                "下限が{k}未満で公開された、または掲載されていない、すべての宣言済みセルについて、監査した各部分問題の公開範囲にもとづく\
                 線形計画の最小値は0、最大値は{small}以上である。"
            ),
            format!(
                "つまり、リリースだけからは、そのような集団に「人がいる」「誰もいない」「{small}人より少ない」のいずれも証明できません。\
                 差（あるコードを持つ人から、その下位のコードを持つ人を除いた残りなど）にも、人がいる可能性があるかぎり同じことを求めます。\
                 差は{k}人以上になりうるか、{small}人以上にも0人にもなりうるものでなければなりません。検索への答えはすべてこれらの公開範囲から\
                 計算するため、何度質問しても、どう工夫して質問しても、それ以上のことはわかりません。"
            ),
        ),
    };
    let state = if subject.violations() == 0 {
        String::new()
    } else {
        format!(
            "<p class=\"breach\">{}</p>\n",
            say(
                language,
                "This is what a release must keep. This one does not: see the violations above.",
                "リリースが守るべき約束です。このリリースは守れていません。上の「違反の内容」をご覧ください。"
            )
        )
    };
    section(
        say(language, "The guarantee", "保証の内容"),
        &format!("{state}<blockquote><p>{promise}</p></blockquote>\n<p>{words}</p>\n"),
    )
}

/// What is not promised.
pub(super) fn limits(language: Language) -> String {
    let items = match language {
        Language::En => limits_en(),
        Language::Ja => limits_ja(),
    };
    let items: String =
        items.iter().map(|(term, words)| format!("<div><dt>{term}</dt><dd>{words}</dd></div>\n")).collect::<Vec<_>>().concat();
    let heading = say(language, "What it does not promise", "保証しないこと");
    let tag = say(language, "en", "ja");
    format!("<section id=\"limits-{tag}\">\n<h2>{heading}</h2>\n<dl class=\"terms\">\n{items}</dl>\n</section>\n")
}

fn limits_en() -> Vec<Item> {
    vec![
        (
            "Only these subproblems",
            "The proof is relative to the subproblems above and to the combinations declared impossible. A program over more codes at once, \
             or something about people that was not declared, could in principle prove more."
                .into(),
        ),
        (
            "Proof, not probability",
            "A reader who knows the method gains probability, though not proof: some sizes of a hidden group are likelier than others."
                .into(),
        ),
        (
            "Prior knowledge",
            "It does not stop a reader who already knows much about the people, such as who was treated where. Differential privacy \
             would; this is not differential privacy."
                .into(),
        ),
        (
            "Groups not declared",
            "Groups that no table declares, such as “A and not B and not C”, may be proved to have people. They are not proved small."
                .into(),
        ),
        ("Insiders", "Those who are in the data know themselves, and a centre knows its own people.".into()),
        (
            "Large aggregations",
            "Every parent is treated as filled by its children. A parent with more than four children, more than two of them small, is \
             checked child by child: could all the others fill the parent by themselves? Its children are not put into one program."
                .into(),
        ),
        (
            "Several centres",
            "The unit is a person at a centre. Somebody who is at two centres is counted at both, so persons over several centres lie \
             between the largest lower bound and the sum of the upper bounds. No total over centres is published, and no sketch from \
             which overlap could be computed: those are as sensitive as the data."
                .into(),
        ),
        (
            "Other publications",
            "This audit reads one release. Another release of the same people, or exact tables from elsewhere, can be set against it; \
                 versions of one release must be audited together. When a number passes a boundary between versions, that shows.".into(),
        ),
        (
            "The key",
            "Decoys hide which cells were widened for a reason. Whoever learns the steward's key can tell them apart.".into(),
        ),
    ]
}

fn limits_ja() -> Vec<Item> {
    vec![
        (
            "監査した部分問題の範囲内",
            "証明は、上に挙げた部分問題と、起こりえないと宣言された組み合わせを前提とします。さらに多くのコードを同時に扱う計算や、\
             宣言されていない世の中の事実からは、原理上、より多くのことが証明される可能性があります。"
                .into(),
        ),
        (
            "証明であって確率ではない",
            "方法を知る人は、証明はできなくても、確率の手がかりは得ます。隠れた集団の人数として、ほかより起こりやすい値があるからです。"
                .into(),
        ),
        (
            "強い予備知識",
            "誰がどこで治療を受けたかなど、対象者についてすでに多くを知る人を止めることはできません。それを防ぐには差分プライバシーが必要で、\
             これは差分プライバシーではありません。"
                .into(),
        ),
        (
            "宣言されていない集団",
            "「AであってBでもCでもない」のように、どの表にも宣言されていない集団は、人がいると証明されることがあります。\
             少人数だと証明されることはありません。"
                .into(),
        ),
        ("内部の人", "データに含まれる本人は自分のことを知っており、センターは自らの対象者を知っています。".into()),
        (
            "子の多い親コード",
            "親は子によって埋め尽くされるものとして扱います。子が5つ以上あり、そのうち3つ以上が少人数の親は、「ほかの子だけで親を\
             埋められるか」を子ごとに確かめます。すべての子を1つの線形計画に入れることはしません。"
                .into(),
        ),
        (
            "複数のセンター",
            "数える単位は「センターごとの人」です。2つのセンターにかかっている人は両方で数えられるため、複数センターの実人数は、下限の最大値と\
             上限の合計の間にあります。センターをまたぐ合計や、重なりを計算できる要約（スケッチ）は公開しません。\
             それらは元データと同じくらい機微だからです。"
                .into(),
        ),
        (
            "ほかの公開物",
            "この監査が読むのは1つのリリースだけです。同じ人々についての別のリリースや、ほかで公開された正確な表とは、突き合わせることが\
                 できます。同じリリースの版どうしは、あわせて監査しなければなりません。版の間で人数が区間の境界を越えれば、そのことはわかります。".into(),
        ),
        (
            "秘密鍵",
            "おとりは、どのセルが必要があって広げられたのかを隠しています。データ管理者の鍵を知った人には、その見分けがつきます。".into(),
        ),
    ]
}

/// How anybody checks it again.
pub(super) fn again(subject: &Subject<'_>, language: Language) -> String {
    let id = escape(subject.id);
    let steps = match language {
        Language::En => [
            ("ninzu audit RELEASE", "repeats this audit from the published files alone; it needs neither the key nor the data."),
            (
                "python attack/attack.py RELEASE",
                "attacks the release with another program that shares no code with Ninzu and uses another solver.",
            ),
            (
                "sha256sum RELEASE/datapackage.json",
                "gives the release's id. If it is the one below, this page is about your copy.",
            ),
        ],
        Language::Ja => [
            ("ninzu audit RELEASE", "公開されたファイルだけから、この監査をやり直します。鍵も元データも要りません。"),
            (
                "python attack/attack.py RELEASE",
                "Ninzu とコードを共有せず、別のソルバーを使う独立したプログラムで、リリースを攻撃します。",
            ),
            (
                "sha256sum RELEASE/datapackage.json",
                "リリースのIDを計算します。下のIDと一致すれば、このページはお手元のリリースについてのものです。",
            ),
        ],
    };
    let steps: String = steps
        .iter()
        .map(|(command, words)| format!("<li><code>{command}</code><span>{words}</span></li>\n"))
        .collect::<Vec<_>>()
        .concat();
    section(
        say(language, "Check it yourself", "自分で確かめる"),
        &format!("<ul class=\"commands\">\n{steps}</ul>\n<p class=\"note\"><code class=\"id\">{id}</code></p>\n"),
    )
}
