/** Which addresses a gateway may listen on and ask in profile `sm`: its own TLS has no suite of SM4, so nothing leaves this machine. */
import type { CryptoProfile } from './crypto-settings.ts';
import { isLoopbackHost } from './loopback.ts';

interface Host {
  readonly host: string;
}

interface Addresses {
  readonly crypto: {
    readonly profile: CryptoProfile;
    readonly changing_over: boolean;
    readonly transport_elsewhere: boolean;
  };
  readonly listen: Host;
  readonly admin: Host;
  readonly hotel?: { readonly listen: Host };
  readonly platform?: { readonly url: string };
  readonly cluster?: {
    readonly store?: { readonly urls: readonly string[] };
    readonly bus?: { readonly servers: readonly string[] };
  };
  readonly trace: { readonly url?: string };
}

/** Rules, each with whether it holds. GB/T 39786-2021 clause 8.2: networks. */
export function transportRelations(settings: Addresses): [boolean, string][] {
  const { crypto, listen, admin, hotel, platform, cluster, trace } = settings;
  if (crypto.profile !== 'sm' || crypto.changing_over || crypto.transport_elsewhere) return [];
  const hosts: [string, string | undefined][] = [
    ['listen.host', listen.host],
    ['admin.host', admin.host],
    ['hotel.listen.host', hotel?.listen.host],
  ];
  const asked: [string, readonly (string | undefined)[]][] = [
    ['platform.url', [platform?.url]],
    ['cluster.store.urls', cluster?.store?.urls ?? []],
    ['cluster.bus.servers', cluster?.bus?.servers ?? []],
    ['trace.url', [trace.url]],
  ];
  const reached = asked.flatMap(([name, urls]) =>
    urls.flatMap((url): [string, string | undefined][] =>
      url === undefined ? [] : [[name, URL.parse(url)?.hostname ?? url]],
    ),
  );
  return [...hosts, ...reached].flatMap(([name, host]): [boolean, string][] =>
    host === undefined ? [] : [[isLoopbackHost(host), refusal(name, host)]],
  );
}

function refusal(name: string, host: string): string {
  return (
    `${name}: crypto.profile is sm, and the way to ${host} would have no suite of SM4: let a front on this machine end it ` +
    '(deploy/tlcp-front) and name 127.0.0.1, or set crypto.transport_elsewhere where something else protects that way'
  );
}
