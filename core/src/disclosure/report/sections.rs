//! The sections of the page, in one language.

use ninzu_engine::Language;
use ninzu_engine::model::{Policy, Preset};
use ninzu_engine::text::thousands;

use super::html::{escape, isolated, label, mean, percent, rate, say, section};
use super::subject::Subject;
use super::widths::Widths;
use super::{histogram, limits, violations};
use crate::disclosure::system::SubproblemKind;

/// Declared zeros beyond these are only counted.
const MOST_ZEROS: usize = 20;

/// The whole page in one language.
pub(super) fn article(subject: &Subject<'_>, language: Language) -> String {
    let mut sections = vec![head(subject, language), verdict(subject, language)];
    if subject.violations() > 0 {
        sections.push(violations::section(subject, language));
    }
    sections.extend([
        policy(subject, language),
        audited(subject, language),
        cost(subject, language),
        limits::guarantee(subject, language),
        limits::limits(language),
        limits::again(subject, language),
    ]);
    sections.concat()
}

/// A section with its heading.
fn head(subject: &Subject<'_>, language: Language) -> String {
    let manifest = subject.manifest;
    let title = isolated(label(&manifest.title, subject.id, language));
    let centres: Vec<String> = manifest
        .centres
        .iter()
        .map(|centre| {
            let (name, words) = (isolated(&centre.name), label(&centre.label, "", language));
            if words.is_empty() || words == centre.name {
                format!("<li>{name}</li>")
            } else {
                format!("<li>{name} <span>{}</span></li>", isolated(words))
            }
        })
        .collect();
    let reference = manifest.reference_date.as_deref().map_or_else(|| "–".into(), escape);
    format!(
        "<div class=\"head\">\n<h1>{title}</h1>\n<dl class=\"subject\">\n\
         <div><dt>{}</dt><dd>{reference}</dd></div>\n\
         <div><dt>{}</dt><dd><ul class=\"centres\">{}</ul></dd></div>\n\
         <div><dt>{}</dt><dd><code class=\"id\">{}</code></dd></div>\n</dl>\n</div>\n",
        say(language, "Reference date", "基準日"),
        say(language, "Centres", "センター"),
        centres.concat(),
        say(language, "Release id", "リリースID"),
        escape(subject.id),
    )
}

fn verdict(subject: &Subject<'_>, language: Language) -> String {
    let (k, small) = subject.threshold();
    let (count, totals) = (subject.violations(), &subject.audit.totals);
    let (class, mark) = match count {
        0 => ("holds", "<path d=\"M5 12.5l4.5 4.5L19 7.5\"/>"),
        _ => ("broken", "<path d=\"M7 7l10 10M17 7L7 17\"/>"),
    };
    let words = match (language, count) {
        (Language::En, 0) => format!(
            "From the published files alone, nobody can prove of any declared group that is suppressed, or published with a lower \
             bound below {k}, that it has people, that it has none, or that it is smaller than {small}. Nor can anybody prove that a \
             group is almost all, or almost nobody, of a larger one. This holds for what was audited; \
             <a href=\"#limits-en\">its limits are told below</a>."
        ),
        (Language::Ja, 0) => format!(
            "公開されたファイルだけからは、掲載されていない集団や、下限が{k}人未満で掲載された集団について、\
             「人がいる」「誰もいない」「{small}人より少ない」のいずれも証明できません。\
             ある集団が、より大きな集団のほぼ全員である、またはごく一部にすぎない、と証明することもできません。\
             これは監査の範囲で成り立つことです。<a href=\"#limits-ja\">限界は下に示します</a>。"
        ),
        (Language::En, _) => {
            "The promise does not hold for this release. From the published files alone, too much can be proved about \
             the groups below, or what can be proved could not be decided. It should not be published as it is."
                .into()
        }
        (Language::Ja, _) => "このリリースでは約束が守られていません。公開されたファイルだけから、下記の集団について多くのことが\
             証明できてしまうか、証明できないことを確かめられませんでした。このまま公開すべきではありません。"
            .into(),
    };
    let number = match language {
        Language::En => format!("{} violation{}", thousands(count), if count == 1 { "" } else { "s" }),
        Language::Ja => format!("違反 {} 件", thousands(count)),
    };
    let declared: u64 = totals.declared.values().sum();
    let subproblems: u64 = totals.subproblems.values().sum();
    let tiles = [
        (declared, say(language, "declared cells", "宣言されたセル")),
        (subproblems, say(language, "subproblems audited", "監査した部分問題")),
        (totals.targets, say(language, "targets checked", "検査した対象")),
        (totals.composed, say(language, "subproblems shown by tables", "表で示した部分問題")),
        (totals.programs, say(language, "linear programs solved", "解いた線形計画")),
    ];
    let tiles: String = tiles
        .iter()
        .map(|(n, what)| format!("<div><dt>{what}</dt><dd>{}</dd></div>", thousands(*n)))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<section class=\"verdict {class}\">\n<h2><svg class=\"mark\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" \
         focusable=\"false\">{mark}</svg>{number}</h2>\n<p>{words}</p>\n<dl class=\"tiles\">{tiles}</dl>\n</section>\n"
    )
}

fn policy(subject: &Subject<'_>, language: Language) -> String {
    let heading = say(language, "Policy", "保護方針");
    let Some(policy) = subject.policy() else {
        let by = isolated(&subject.manifest.protection.by);
        let words = match language {
            Language::En => format!("This release carries the protection of {by}. It names no policy of Ninzu."),
            Language::Ja => format!("このリリースは {by} による保護を受けたものです。Ninzu の保護方針は示されていません。"),
        };
        return section(heading, &format!("<p>{words}</p>\n"));
    };
    let lines = match language {
        Language::En => policy_en(policy),
        Language::Ja => policy_ja(policy),
    };
    let lines: String =
        lines.iter().map(|(term, words)| format!("<div><dt>{term}</dt><dd>{words}</dd></div>\n")).collect::<Vec<_>>().concat();
    section(heading, &format!("<dl class=\"terms\">\n{lines}</dl>\n"))
}

fn policy_en(policy: &Policy) -> Vec<(String, String)> {
    let (k, base, decoy) = (policy.threshold(), policy.base(), policy.decoy());
    let bucket = match base {
        1 => format!("Counts from {k} up are published exactly, unless that would break the promise."),
        _ => format!("Counts from {k} up are published as ranges of {base}: {}", buckets(policy, "–", ", ", ", …")),
    };
    let mut lines = vec![
        (
            format!("Threshold {k}"),
            format!(
                "Counts below {k} are suppressed. Zero, small and empty are never distinguished: a suppressed cell means 0–{}.",
                k - 1
            ),
        ),
        (format!("Base {base}"), bucket),
        (
            format!("Decoys {} and {}", rate(decoy.published), rate(decoy.unlisted)),
            format!(
                "Some cells are made wider although nothing forces it, so that no width shows why it is there. On each side, {} of the \
                 published cells gain one more range, or several; of the suppressed cells whose larger groups are all published, {} are \
                 published as 0–{} or wider. A secret key that the steward keeps decides which.",
                rate(decoy.published),
                rate(decoy.unlisted),
                k - 1 + base,
            ),
        ),
    ];
    if let Some((name, whose)) = preset(policy, Language::En) {
        lines.insert(0, (format!("Preset <code>{name}</code>"), whose.into()));
    }
    lines
}

fn policy_ja(policy: &Policy) -> Vec<(String, String)> {
    let (k, base, decoy) = (policy.threshold(), policy.base(), policy.decoy());
    let bucket = match base {
        1 => format!("{k}人以上の人数は、約束を損なわないかぎり、そのまま公開します。"),
        _ => format!("{k}人以上の人数は、{base}人幅の範囲で公開します：{}", buckets(policy, "〜", "、", "、…")),
    };
    let mut lines = vec![
        (
            format!("しきい値 {k}"),
            format!(
                "{k}人未満の人数は掲載しません。0人、少人数、該当なしは区別されず、掲載のないセルは 0〜{}人を意味します。",
                k - 1
            ),
        ),
        (format!("区間幅 {base}"), bucket),
        (
            format!("おとり {} と {}", rate(decoy.published), rate(decoy.unlisted)),
            format!(
                "幅を見ても理由がわからないように、必要がなくても一部のセルの範囲を広げています。掲載セルは、上側・下側のそれぞれで {} が\
                 1区間分以上広くなります。掲載のないセルのうち、それを含む集団がすべて掲載されているものは、{} が 0〜{}人、またはそれより広い範囲で掲載されます。\
                 どれを広げるかは、データ管理者だけが持つ秘密鍵で決まります。",
                rate(decoy.published),
                rate(decoy.unlisted),
                k - 1 + base,
            ),
        ),
    ];
    if let Some((name, whose)) = preset(policy, Language::Ja) {
        lines.insert(0, (format!("プリセット <code>{name}</code>"), whose.into()));
    }
    lines
}

/// The first buckets in words.
fn buckets(policy: &Policy, to: &str, comma: &str, on: &str) -> String {
    let (k, base) = (policy.threshold(), policy.base());
    let bucket = |i: u32| format!("{}{to}{}", k + i * base, k + (i + 1) * base - 1);
    format!("{}{comma}{}{on}", bucket(0), bucket(1))
}

/// The policy's preset as it is written, and whose habit it is.
fn preset(policy: &Policy, language: Language) -> Option<(String, &'static str)> {
    let written = serde_json::to_value(policy).ok()?.get("preset")?.clone();
    let name = written.as_str()?.to_owned();
    let words = match serde_json::from_value(written).ok()? {
        Preset::Ndb => say(language, "As in Japan's NDB Open Data.", "日本の NDB オープンデータと同じしきい値です。"),
        Preset::Cms => say(
            language,
            "As at the US Centers for Medicare &amp; Medicaid Services.",
            "米国メディケア・メディケイド・サービスセンター（CMS）と同じしきい値です。",
        ),
        Preset::AllOfUs => {
            say(language, "As in the US All of Us Research Program.", "米国 All of Us 研究プログラムと同じしきい値です。")
        }
        Preset::Nhs => say(language, "As in England's National Health Service.", "英国イングランドの NHS と同じしきい値です。"),
        Preset::Ohdsi => say(language, "As is common in OHDSI network studies.", "OHDSI の共同研究で広く使われるしきい値です。"),
        _ => "",
    };
    Some((escape(&name), words))
}

fn audited(subject: &Subject<'_>, language: Language) -> String {
    let totals = &subject.audit.totals;
    let declared: u64 = totals.declared.values().sum();
    let intro = match language {
        Language::En => format!(
            "The release declares {} cells, published or suppressed; anybody can enumerate them from its manifest. Each belongs to one or more \
             subproblems: the partition dimensions and a few codes at one centre, tied by all the intervals of their \
             cells. In each, every cell below the threshold and every difference between a cell and a smaller one inside it was \
             checked, {} times in all. Most were shown to be protected by counts that fit every interval; the rest took {} linear programs.",
            thousands(declared),
            thousands(totals.targets),
            thousands(totals.programs)
        ),
        Language::Ja => format!(
            "このリリースは、掲載の有無にかかわらず {} 個のセルを宣言しており、その一覧は誰でもマニフェストから作れます。各セルは\
             1つ以上の「部分問題」に属します。部分問題とは、1つのセンターでの区分項目といくつかのコードからなる問題で、関係する\
             公開範囲のすべてに縛られます。部分問題ごとに、しきい値を下回るすべてのセルと、あるセルとその内側のセルとの差のすべてを、\
             のべ {} 回検査しました。大半は、すべての範囲に合う人数を1組示すことで確かめられ、残りには {} 個の線形計画を解きました。",
            thousands(declared),
            thousands(totals.targets),
            thousands(totals.programs)
        ),
    };
    let known: Vec<&str> = SubproblemKind::ALL.iter().map(|kind| kind.name()).chain(["large family"]).collect();
    let kinds = known.iter().filter_map(|name| totals.subproblems.get_key_value(*name));
    let others = totals.subproblems.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    let rows: String = kinds
        .chain(others)
        .map(|(name, count)| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td></tr>\n",
                escape(name),
                kind_words(name, subject, language),
                thousands(*count)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let body = format!(
        "<p>{intro}</p>\n<table class=\"kinds\">\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th>\
         <th scope=\"col\" class=\"n\">{}</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n{}{}",
        say(language, "SubproblemKind", "種類"),
        say(language, "What is crossed", "組み合わせるもの"),
        say(language, "Subproblems", "部分問題数"),
        notes(subject, language),
        zeros(subject, language),
    );
    section(say(language, "What was audited", "監査の範囲"), &body)
}

fn kind_words(kind: &str, subject: &Subject<'_>, language: Language) -> String {
    let dimensions = &subject.published.dimensions;
    let words = match kind {
        "base" => {
            let names = dimensions.partitions().map(|d| dimensions.get(d));
            let names: Vec<String> = names.map(|d| escape(label(&d.label, &d.name, language))).collect();
            return match language {
                Language::En => format!("The partition dimensions alone: {}.", names.join(", ")),
                Language::Ja => format!("区分項目のみ（{}）。", names.join("、")),
            };
        }
        "code" => say(
            language,
            "One code, with the life stages in which it was first recorded.",
            "1つのコードと、それが初めて記録されたライフステージ。",
        ),
        "nested" => say(
            language,
            "A code with all codes above it; with a parent and the life stages of both where single cells of these are informative.",
            "コードと、その上位にあるすべてのコード。ライフステージ別のセルが互いに絡む場合は、親と両方のライフステージも含めます。",
        ),
        "family" => say(
            language,
            "A parent as the union of its children: together they fill it.",
            "親と、そのすべての子。子を合わせると親になるものとして扱います。",
        ),
        "pair" => say(language, "A declared pair of codes.", "宣言された2つのコードの組。"),
        "lineage" => {
            say(language, "A declared pair with every code above its two.", "宣言された組と、その2つの上位にあるすべてのコード。")
        }
        "offspring" => say(
            language,
            "A declared pair with codes below one of the two that are not counted with the other.",
            "宣言された組と、一方の下位にあり他方とは数えられていないコード。",
        ),
        "triple" => say(
            language,
            "A declared pair and a third code: above or below one of the two, or tied to both by other pairs.",
            "宣言された組と3つ目のコード。3つ目は、どちらかの上位か下位にあるコード、または両方と組になっていて範囲が絡むコードです。",
        ),
        "large family" => say(
            language,
            "A parent with more than four children, more than two of them small: not one program, but every child and cell by itself.",
            "子が5つ以上あり、そのうち3つ以上が少人数の親。1つの線形計画ではなく、子とセルを1つずつ検査します。",
        ),
        _ => "",
    };
    words.to_owned()
}

fn notes(subject: &Subject<'_>, language: Language) -> String {
    let unfilled = subject.audit.totals.unfilled_aggregations;
    let quiet = say(
        language,
        "Subproblems are counted once for each centre. A code without a published lower bound above 0 needs none: each of its cells \
         can have nobody, or any number that the range of a suppressed cell allows.",
        "部分問題はセンターごとに数えています。0より大きい下限がどこにも掲載されていないコードには部分問題が不要です。そのどのセルも、\
         0人でも、掲載のないセルの範囲内の何人でもありえます。",
    );
    let aggregations = match (language, unfilled) {
        (_, 0) => String::new(),
        (Language::En, n) => format!(
            " In {} of the aggregations the children visibly do not fill their parent, so there was nothing to conclude from filling it.",
            thousands(n)
        ),
        (Language::Ja, n) => format!(
            "また、{} 個の親では、子を合わせても親に届かないことが公開範囲から明らかなため、そこから導けることはありません。",
            thousands(n)
        ),
    };
    format!("<p class=\"note\">{quiet}{aggregations}</p>\n")
}

/// The combinations that nobody can have: everything else is proved relative to them.
fn zeros(subject: &Subject<'_>, language: Language) -> String {
    let zeros = &subject.manifest.structural_zeros;
    if zeros.is_empty() {
        let none = say(
            language,
            "No combinations were declared impossible.",
            "起こりえない組み合わせ（構造的ゼロ）は宣言されていません。",
        );
        return format!("<p class=\"note\">{none}</p>\n");
    }
    let intro = match language {
        Language::En => format!("Declared impossible, and not counted ({}):", thousands(zeros.len() as u64)),
        Language::Ja => format!("起こりえないと宣言され、数えていない組み合わせ（{} 件）：", thousands(zeros.len() as u64)),
    };
    let words = zeros.iter().take(MOST_ZEROS).map(|zero| {
        let parts: Vec<String> = zero.iter().map(|(dimension, value)| format!("{dimension} = {value}")).collect();
        format!("<li>{}</li>", isolated(&parts.join(", ")))
    });
    let more = zeros.len().saturating_sub(MOST_ZEROS) as u64;
    let more = match (language, more) {
        (_, 0) => String::new(),
        (Language::En, n) => format!("<li>and {} more</li>", thousands(n)),
        (Language::Ja, n) => format!("<li>ほか {} 件</li>", thousands(n)),
    };
    format!("<div class=\"note\">{intro}<ul>{}{more}</ul></div>\n", words.collect::<String>())
}

/// A table's totals.
struct Cost<'a> {
    name: String,
    file: &'a str,
    declared: u64,
    widths: Widths,
}

impl Cost<'_> {
    fn row(&self) -> String {
        let widths = self.widths;
        let file = if self.file.is_empty() {
            String::new()
        } else {
            format!(" <code>{}</code>", escape(self.file).replace('+', "+<wbr>"))
        };
        format!(
            "<tr><th scope=\"row\">{}{file}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            self.name,
            thousands(self.declared),
            thousands(widths.published),
            percent(widths.published, self.declared),
            mean(widths.relative()),
            mean(widths.beyond_one()),
        )
    }
}

fn cost(subject: &Subject<'_>, language: Language) -> String {
    let published = subject.published;
    let names: Vec<String> = published.tables.iter().map(|table| table.name(&published.dimensions)).collect();
    let tables: Vec<Cost<'_>> = published
        .tables
        .iter()
        .zip(&names)
        .map(|(table, file)| Cost {
            name: subject.table_name(table, language),
            file,
            declared: subject.audit.totals.declared.get(file).copied().unwrap_or(0),
            widths: Widths::new(table.rows.iter().map(|row| row.interval), subject.policy()),
        })
        .collect();
    let all = Cost {
        name: say(language, "All tables", "全体").into(),
        file: "",
        declared: tables.iter().map(|table| table.declared).sum(),
        widths: tables.iter().fold(Widths::default(), |all, table| all.and(table.widths)),
    };
    let columns = match language {
        Language::En => ["Declared", "Listed", "Share", "Mean relative width", "Buckets beyond one"],
        Language::Ja => ["宣言", "掲載", "掲載率", "平均相対幅", "1区間を超える幅"],
    };
    let columns: String =
        columns.iter().map(|name| format!("<th scope=\"col\" class=\"n\">{name}</th>")).collect::<Vec<_>>().concat();
    let rows: String = tables.iter().map(Cost::row).collect();
    let figures: String = tables.iter().map(|table| figure(table, language)).collect();
    let (intro, note) = cost_words(language);
    let heading = say(language, "What the protection costs", "保護にかかる幅");
    let body = format!(
        "<p>{intro}</p>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{heading}\">\n<table class=\"costs\">\n\
         <thead><tr><th scope=\"col\">{}</th>{columns}</tr></thead>\n<tbody>\n{rows}</tbody>\n<tfoot>\n{}</tfoot>\n</table>\n</div>\n\
         <p class=\"note\">{note}</p>\n<div class=\"figures\">\n{figures}</div>\n",
        say(language, "Table", "表"),
        all.row(),
    );
    section(heading, &body)
}

fn cost_words(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::En => (
            "Every published number is a range. The policy alone makes it one bucket wide; decoys and what the promise needs make some \
             ranges wider. These are totals: no file says of any single cell why it is as wide as it is.",
            "Relative width: (upper − lower + 1) / upper. All that lies below the threshold is one bucket. The columns show the share of \
             published cells that are one, two, three, or four and more buckets wide: solid as the policy makes them, hatched where wider.",
        ),
        Language::Ja => (
            "掲載された人数はすべて範囲です。方針だけなら幅は1区間ですが、おとりと約束のために一部はより広くなります。ここに示すのは\
             合計だけです。個々のセルの幅の理由は、どのファイルにも書かれていません。",
            "相対幅は（上限 − 下限 + 1）÷ 上限。しきい値より下は全体で1区間と数えます。図は、掲載セルのうち幅が1、2、3、4区間以上のものの\
             割合です。塗りつぶしは方針どおりの幅、斜線はそれより広いものです。",
        ),
    }
}

fn figure(table: &Cost<'_>, language: Language) -> String {
    let widths = table.widths;
    let rows: String = histogram::NAMES
        .iter()
        .zip(widths.buckets)
        .map(|(name, cells)| {
            format!(
                "<tr><th scope=\"row\">{name}</th><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                thousands(cells),
                percent(cells, widths.closed)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let label = match language {
        Language::En => format!("Widths in buckets of the published cells of {}; the table says the same.", table.name),
        Language::Ja => format!("{}の掲載セルの幅（区間数）。同じ内容を表に示します。", table.name),
    };
    format!(
        "<figure>\n<figcaption>{}</figcaption>\n{}\n<table class=\"widths\">\n<thead><tr><th scope=\"col\">{}</th>\
         <th scope=\"col\" class=\"n\">{}</th><th scope=\"col\" class=\"n\">{}</th></tr></thead>\n<tbody>{rows}</tbody>\n</table>\n\
         </figure>\n",
        table.name,
        histogram::svg(widths, &label),
        say(language, "Buckets", "区間数"),
        say(language, "Cells", "セル数"),
        say(language, "Share", "割合"),
    )
}
