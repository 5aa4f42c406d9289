import type { Label, Release } from 'ninzu/worker';

import type { Catalogue } from './catalogue';

/** A question to start from. */
export interface Example {
  title: Label;
  text: string;
}

/** Questions that fit releases made by the scheme of the six centres. */
const KNOWN: readonly Example[] = [
  {
    title: { en: 'Women of 15–39 with epilepsy who gave DNA', ja: 'DNA検体のある15〜39歳のてんかん女性' },
    text: 'sex = female and life_stage = aya and diagnosis = G40 and specimen = dna',
  },
  {
    title: { en: 'Epilepsy first recorded in childhood, adult now', ja: '小児期にてんかんと診断され、いま成人' },
    text: 'diagnosis in (G40@infancy, G40@early_childhood, G40@school_age) and life_stage in aya..late_old_age',
  },
  {
    title: { en: 'Diabetes without high blood pressure', ja: '高血圧症のない糖尿病' },
    text: 'diagnosis = E10-E14 and not diagnosis = I10',
  },
  {
    title: { en: 'Cancer, with at least two of DNA, serum and frozen tissue', ja: 'がんで、DNA・血清・組織のうち2つ以上あり' },
    text: 'diagnosis = C00-C97 and at least 2 of (specimen = dna, specimen = serum, specimen = tissue)',
  },
];

/** Examples that a release can answer: the known ones, or else some of its own codes. */
export async function examplesOf(release: Release, catalogue: Catalogue): Promise<Example[]> {
  const fit = await Promise.all(KNOWN.map((one) => release.explain(one.text).then(() => one, () => undefined)));
  const known = fit.filter((one) => one !== undefined);
  if (known.length > 1) return known;
  return catalogue.dimensions
    .filter((dimension) => dimension.kind === 'codes')
    .flatMap(({ name, codes }) => {
      const first = codes.find((code) => !code.name.includes('@'));
      return first ? [{ title: first.label, text: `${name} = "${first.name.replaceAll('"', '\\"')}"` }] : [];
    })
    .slice(0, 4);
}
