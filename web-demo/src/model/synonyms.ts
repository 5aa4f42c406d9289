// What people type for what dictionaries call otherwise. Each line means one thing.
import { fold } from 'ninzu/worker';

const GROUPS = `
high blood pressure|hypertension|高血圧|血圧
heart attack|myocardial infarction|心筋梗塞
stroke|cerebrovascular|apoplexy|脳卒中|脳血管
cancer|tumour|tumor|neoplasm|malignan|carcinoma|がん|癌|腫瘍|悪性新生物
heart failure|cardiac failure|心不全
irregular heartbeat|atrial fibrillation|arrhythmia|心房細動|不整脈
kidney|renal|nephr|腎
liver|hepat|肝
lung|pulmonary|肺
heart|cardi|心臓
brain|cerebral|脳
stomach|gastric|胃
bowel|colon|colorectal|大腸|結腸
breast|mammary|乳
blood sugar|diabet|糖尿
dementia|alzheimer|認知症|アルツハイマー
seizure|epilep|convulsion|発作|てんかん
depress|mood|うつ|抑うつ|鬱
schizophreni|psychosis|統合失調
autism|asd|自閉
stiff|parkinson|パーキンソン
infect|感染
flu|influenza|インフルエンザ
tb|tuberculosis|結核
aids|hiv|エイズ
birth|neonat|perinatal|newborn|新生児|周産期|出生
child|pediatric|paediatric|小児
old age|elderly|geriatric|高齢|老年
teen|adolescen|aya|思春期
women|woman|female|女
men|man|male|男
whole genome|wgs|全ゲノム
whole exome|wes|全エクソーム
expression|transcriptom|rna-seq|rnaseq|遺伝子発現
scan|imaging|image|画像
bone thinning|osteoporosis|骨粗鬆症|骨粗しょう症
frail|フレイル|虚弱
allerg|atop|アレルギー|アトピー
`;

let table: Map<string, string[]> | undefined;

/** Other words for a word that was typed, folded as the index is. */
export function synonymsOf(word: string): readonly string[] {
  if (word.length < 2) return [];
  if (!table) {
    table = new Map();
    for (const line of GROUPS.trim().split('\n')) {
      const words = line.split('|').map(fold);
      for (const one of words) table.set(one, [...(table.get(one) ?? []), ...words.filter((other) => other !== one)]);
    }
  }
  return table.get(word) ?? [];
}
