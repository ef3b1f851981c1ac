/** Whether a server can be what gateways share, by what it says of itself (`INFO`). */

/** What stands against it; null: nothing. */
export type ServerFault = { readonly isFatal: boolean; readonly sentence: string } | null;

const OLDEST = 7;

/** `asCluster`: whether it is spoken to as one of a Redis Cluster. `place`: what it is called in sentences. */
export function serverFault(info: string, asCluster: boolean, place: string): ServerFault {
  const said = new Map(info.split(/\r?\n/).map((line) => split(line)));
  const version = said.get('redis_version') ?? '';
  const major = /^(\d{1,4})\./.exec(version)?.[1];
  if (major === undefined) return fatal(`the store at ${place} does not say its version (INFO)`);
  if (Number(major) < OLDEST) {
    return fatal(
      `the store at ${place} is version ${version}: ${OLDEST}.0 or newer is needed, as SET with NX and GET came with it`,
    );
  }
  const isCluster = said.get('cluster_enabled') === '1';
  if (isCluster && !asCluster) {
    return fatal(
      `the store at ${place} is part of a Redis Cluster: name two of its servers at least in cluster.store.urls`,
    );
  }
  if (!isCluster && asCluster) {
    return fatal(
      `the store at ${place} is not part of a Redis Cluster: name it alone in cluster.store.urls, by one name that leads to ` +
        'whichever server takes writes',
    );
  }
  const policy = said.get('maxmemory_policy');
  if (policy === undefined || policy === 'noeviction') return null;
  return {
    isFatal: false,
    sentence:
      `the store at ${place} forgets when it is full (maxmemory-policy ${policy}): what is used up would pass again. ` +
      'Set maxmemory-policy noeviction',
  };
}

function fatal(sentence: string): ServerFault {
  return { isFatal: true, sentence };
}

function split(line: string): [string, string] {
  const at = line.indexOf(':');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).trim()];
}
