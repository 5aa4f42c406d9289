// What can go wrong, in Japanese: the engine's messages, and the page's own.
import { ja } from 'ninzu/messages/ja';
import type { Catalogue } from 'ninzu/worker';

export const JAPANESE: Catalogue = {
  ...ja,
  'page.stopped': '集計を止めました',
  'page.too_slow': '{seconds}秒以内に答えが出ませんでした',
  'hint.simpler': 'もう一度集計するか、条件を簡単にしてください',
};
