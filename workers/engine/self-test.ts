/** A known answer that an engine must give before it is trusted with a tap. Also builds its tables. */
import { fromHex } from '../codecs/hex.ts';
import type { SignatureEngine, SignatureJob } from './job.ts';

/** GM/T 0003.5-2012 annex A: "message digest" signed under the default ID. */
const KNOWN_GOOD: SignatureJob = {
  curve: 'sm2',
  publicKey: fromHex(
    '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
      'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  ),
  digest: fromHex('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640'),
  signature: fromHex(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  ),
};

/** Throws Error when the engine does not take the good signature, or takes it for another digest. */
export function assertEngineKnowsAnswer(engine: SignatureEngine): void {
  const knownBad = { ...KNOWN_GOOD, digest: new Uint8Array(32) };
  const verdicts = engine.verify([KNOWN_GOOD, knownBad]);
  if (verdicts[0] !== 1 || verdicts[1] !== 0) {
    throw new Error(`signature engine ${engine.name} failed its self-test and is not used`);
  }
}
