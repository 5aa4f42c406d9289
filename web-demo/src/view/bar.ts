import type { Label } from 'ninzu/worker';

import type { Counted } from '../text/localizer';

/** One bar of a chart. */
export interface Bar {
  name: string;
  label: Label;
  count: Counted;
}
