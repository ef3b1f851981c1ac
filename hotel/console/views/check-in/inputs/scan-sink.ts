/** Where all that was scanned goes: as a presentation of whatever family it is, once. */
import { SameCode } from '../../../input/same-code.ts';
import { hexOf, scanOfText } from '../../../input/typed-code.ts';
import type { PanelProps } from '../panels.ts';

/** As the gateway's limit (gateway/tap/1-decode/scan.ts). */
export const SCANNED_BYTES_MAX = 8_192;

const same = new SameCode();

/** False: it was there a moment ago, and was answered. */
export function scannedBytes(
  onPresentation: PanelProps['onPresentation'],
  bytes: Uint8Array,
  seenAt: number,
): boolean {
  return scanned(onPresentation, { hex: hexOf(bytes) }, seenAt);
}

export function scannedText(
  onPresentation: PanelProps['onPresentation'],
  text: string,
  seenAt: number,
): boolean {
  return scanned(onPresentation, scanOfText(text), seenAt);
}

function scanned(
  onPresentation: PanelProps['onPresentation'],
  credential: { readonly hex: string } | { readonly text: string },
  seenAt: number,
): boolean {
  if (!same.isNew(JSON.stringify(credential), performance.now())) return false;
  onPresentation({ family: 'scan', credential, context: {} }, seenAt);
  return true;
}
