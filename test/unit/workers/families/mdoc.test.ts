/** Mobile documents of ISO/IEC 18013-5 that must be refused. */
import { MDOC_CASES } from './mdoc-cases.rig.ts';
import { trust } from './mdoc-showing.rig.ts';
import { describeNegatives } from './negatives.rig.ts';

describeNegatives('mdoc', trust, MDOC_CASES);
