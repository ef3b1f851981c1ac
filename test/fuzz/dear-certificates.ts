/** Certificates that are as dear to judge as their size allows, where nothing is signed by anybody: what a stranger may show. */
import { type CardPki, keyIdOf } from '../../platform/authority/card-pki.ts';
import {
  extension,
  issueCertificate,
  type Named,
  name,
  USAGE,
} from '../../platform/authority/certificates.ts';
import { der, identifier, sequence, setOf, utf8 } from '../../platform/der.ts';

/** About as many as fit in a certificate. */
const NAMES = 240;
const POLICIES = 32;
const text = (value: string) => Buffer.from(value, 'latin1');

/** Chains, leaf first, each to the root of `pki` by name. */
export function dearChains({ root }: CardPki, atMs: number): readonly (readonly Uint8Array[])[] {
  const many = (make: (i: number) => Uint8Array) => Array.from({ length: NAMES }, (_, i) => make(i));
  const directory = (i: number) => der(0xa4, name({ O: `Organisation ${i}`, CN: 'x' }));
  const dns = (i: number) => der(0x82, text(`a.b.c.d.e.f.g.h.i.j.k.l.host${i}.example`));
  const uri = (i: number) => der(0x86, text(`https://host${i}.example/`));
  const host = (i: number) => der(0x86, text(`.host${i}.example`));
  const ip = (i: number) => der(0x87, Uint8Array.of(10, i, 0, 0, 255, 255, 0, 0));
  const address = (i: number) => der(0x87, Uint8Array.of(11, i, 0, 1));
  const longName = sequence(
    ...Array.from({ length: 200 }, (_, i) =>
      setOf(sequence(identifier('2.5.4.11'), utf8(`Unit of many ${i}`))),
    ),
  );
  const forged = (subject: Uint8Array, issuer: Uint8Array, extensions: readonly Named[], isCa: boolean) =>
    issueCertificate(
      {
        serial: Uint8Array.of(9),
        ...{ issuer, subject, notBeforeMs: atMs - 1_000, notAfterMs: atMs + 1_000, key: root.key },
        extensions: [
          ...(isCa ? [extension.basicConstraints(true)] : []),
          extension.keyUsage(isCa ? USAGE.keyCertSign : USAGE.digitalSignature),
          ...extensions,
        ],
      },
      root.key,
    );
  const constrained = (bases: readonly Uint8Array[], names: readonly Uint8Array[]) => {
    const ca = name({ CN: 'forged' });
    const constraints = sequence(der(0xa1, ...bases.map((base) => sequence(base))));
    return [
      forged(name({ CN: 'leaf' }), ca, [{ oid: '2.5.29.17', value: sequence(...names) }], false),
      forged(ca, root.subject, [{ oid: '2.5.29.30', critical: true, value: constraints }], true),
    ];
  };
  const policies = Array.from({ length: POLICIES }, (_, i) => `1.2.3.${i}`);
  const mappings = sequence(
    ...policies.map((policy, i) =>
      sequence(identifier(policy), identifier(policies[(i * 7 + 1) % POLICIES] as string)),
    ),
  );
  const mapping: readonly Named[] = [
    extension.policies(...policies),
    { oid: '2.5.29.33', value: mappings },
    { oid: '2.5.29.36', value: sequence(der(0x80, Uint8Array.of(0))) },
  ];
  const mapped = name({ CN: 'mapped' });
  const loop = name({ CN: 'loop' });
  return [
    constrained(
      many(directory),
      many((i) => directory(i + NAMES)),
    ),
    constrained(
      many(dns),
      many((i) => dns(i + NAMES)),
    ),
    constrained(
      many(host),
      many((i) => uri(i + NAMES)),
    ),
    constrained(many(ip), many(address)),
    [
      forged(name({ CN: 'leaf' }), mapped, [extension.policies(...policies)], false),
      forged(mapped, root.subject, mapping, true),
    ],
    [forged(longName, longName, [], false), ...[1, 2, 3, 4].map(() => forged(longName, longName, [], true))],
    [
      forged(name({ CN: 'leaf' }), loop, [], false),
      ...[1, 2, 3].map((i) =>
        forged(loop, loop, [extension.subjectKeyId(keyIdOf(root.key).map((b) => b ^ i))], true),
      ),
      forged(loop, root.subject, [], true),
    ],
  ];
}
