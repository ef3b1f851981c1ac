/** Presentations as lines of `onecard verify`. */
import { toHex } from '../../workers/codecs/hex.ts';
import { onlineCode } from '../online-codes.ts';
import { seeded } from '../seed.ts';
import { sm2Key } from '../sm2.ts';
import { CARD_PKI_FAULTS, cardPkiPresentation, presentationAsBase64 } from './card-pki.ts';
import type { Tags } from './chip-card.ts';
import { presentationAsHex } from './chip-presentation.ts';
import { hcertShown, shcShown } from './health.ts';
import { mobileDocument } from './mobile-document.ts';
import { sdJwtCredential } from './sd-jwt.ts';
import { contributed, type PresentationLine, type Showing, type ShownFamily } from './showing.ts';
import { rideCode } from './transit-qr.ts';

export type { PresentationLine, Showing, ShownFamily };

const transitQr: ShownFamily = {
  faults: ['wrong-signer'],
  show: ({ city, index, chip, atMs, fault }) => {
    const signer = sm2Key(seeded(city.seed, 'stranger', index, 40));
    const tamper = fault === 'wrong-signer' ? { code: { signer } } : {};
    const code = rideCode({ account: city.card(index, chip).transit, nowMs: atMs, tamper });
    return { credential: { hex: toHex(code) }, context: {} };
  },
};

const chipOda: ShownFamily = {
  faults: ['bad-signature'],
  show: (showing) => {
    const { city, index, chip, mode, fault } = showing;
    const presentation = city.card(index, chip).chip.tap({ mode, terminal: terminalOf(showing) });
    if (fault !== 'bad-signature') return presentationAsHex(presentation);
    const { credential, context } = presentation;
    const signature = Uint8Array.from(credential.tags['9F4B'] ?? []);
    const last = signature.length - 1;
    signature[last] = (signature[last] ?? 0) ^ 0x01;
    const tags = { ...credential.tags, '9F4B': signature };
    return presentationAsHex({ credential: { ...credential, tags }, context });
  },
};

/** SM2 and P-256 take turns. */
const cardPki: ShownFamily = {
  faults: CARD_PKI_FAULTS,
  show: (showing) => {
    const { city, index, chip: generation, atMs, fault } = showing;
    const algorithm = index % 2 === 0 ? 'sm2' : 'p256';
    const challenge = showing.challenge ?? contributed(showing, 'challenge', 32);
    const pki = city.cardPki(algorithm);
    return presentationAsBase64(
      cardPkiPresentation({ seed: city.seed, pki, algorithm, index, generation, atMs, challenge, fault }),
    );
  },
};

/** Good for a minute after `--at`, at the platform of the same seed alone; a proof is of its shape. */
const token: ShownFamily = {
  faults: ['malformed'],
  show: ({ city, index, atMs, nonce, fault }) => {
    const code = onlineCode({ city, index, atMs, nonce });
    return { credential: { text: fault === 'malformed' ? code.replace('YKU', 'YK ') : code }, context: {} };
  },
};

/** By family. */
const SHOWINGS: Readonly<Record<string, ShownFamily>> = {
  'transit-qr': transitQr,
  'chip-oda': chipOda,
  'card-pki': cardPki,
  hcert: hcertShown,
  shc: shcShown,
  mdoc: mobileDocument,
  'sd-jwt': sdJwtCredential,
  token,
};

export const SHOWN_FAMILIES: readonly string[] = Object.keys(SHOWINGS);

/** What can be made wrong with a presentation of the family. Throws RangeError where there is none of this name. */
export function faultsOf(family: string): readonly string[] {
  return showingOf(family).faults;
}

/** Throws RangeError on a family or a fault that there is not. */
export function presentationLine(family: string, showing: Showing): PresentationLine {
  const shown = showingOf(family);
  if (showing.fault !== null && !shown.faults.includes(showing.fault)) {
    throw new RangeError(`no fault ${showing.fault} of ${family}`);
  }
  const at = new Date(showing.atMs).toISOString();
  return { id: String(showing.index), family, at, ...shown.show(showing) };
}

function showingOf(family: string): ShownFamily {
  const shown = SHOWINGS[family];
  if (shown === undefined) throw new RangeError(`no family ${family}`);
  return shown;
}

/** What a terminal sends: its unpredictable number, two yuan, in renminbi. */
function terminalOf(showing: Showing): Tags {
  return {
    '9F37': showing.challenge ?? contributed(showing, 'terminal', 4),
    '9F02': Uint8Array.of(0, 0, 0, 0, 2, 0),
    '5F2A': Uint8Array.of(0x01, 0x56),
  };
}
