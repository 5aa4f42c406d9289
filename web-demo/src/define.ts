// The elements, for any page: one script tag, and `<ninzu-explorer src="release/"></ninzu-explorer>`.
import { NinzuAnswer } from './elements/answer';
import { NinzuBuilder } from './elements/builder';
import { NinzuChart } from './elements/chart';
import { NinzuEditor } from './elements/editor';
import { NinzuExplorer } from './elements/explorer';
import { NinzuMap } from './elements/map';
import { NinzuMark } from './elements/mark';
import { NinzuNotice } from './elements/notice';
import { NinzuProtection } from './elements/protection';
import { NinzuSearch } from './elements/search';
import { NinzuShare } from './elements/share';
import { NinzuSql } from './elements/sql';
import { NinzuSteps } from './elements/steps';
import { NinzuText } from './elements/text';
import { NinzuWhy } from './elements/why';

export { Session } from './model/session';
export { Localizer } from './text/localizer';
export { NinzuAnswer, NinzuBuilder, NinzuChart, NinzuExplorer, NinzuMap, NinzuMark, NinzuSearch };

const ELEMENTS = {
  'ninzu-answer': NinzuAnswer,
  'ninzu-builder': NinzuBuilder,
  'ninzu-chart': NinzuChart,
  'ninzu-editor': NinzuEditor,
  'ninzu-map': NinzuMap,
  'ninzu-mark': NinzuMark,
  'ninzu-notice': NinzuNotice,
  'ninzu-protection': NinzuProtection,
  'ninzu-search': NinzuSearch,
  'ninzu-share': NinzuShare,
  'ninzu-sql': NinzuSql,
  'ninzu-steps': NinzuSteps,
  'ninzu-text': NinzuText,
  'ninzu-why': NinzuWhy,
  // Last: what it holds is known by then.
  'ninzu-explorer': NinzuExplorer,
} as const;

declare global {
  interface HTMLElementTagNameMap extends Defined {}
}

type Defined = { [Name in keyof typeof ELEMENTS]: InstanceType<(typeof ELEMENTS)[Name]> };

for (const [name, element] of Object.entries(ELEMENTS)) if (!customElements.get(name)) customElements.define(name, element);
