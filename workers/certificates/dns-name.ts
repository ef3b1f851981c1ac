/** DNS names of certificates: their form (RFC 1034 clause 3.5 as RFC 5280 clause 4.2.1.6 takes it) and matching (RFC 6125). */

/** Labels of letters, digits, hyphens and underscores; the last is no number. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const NAME_CHARACTERS_MAX = 253;

/** The labels in lower case, or null where it is no DNS name. One wildcard, the whole first label, where `wildcard` is set. */
export function dnsLabels(text: string, wildcard: boolean): readonly string[] | null {
  if (text.length === 0 || text.length > NAME_CHARACTERS_MAX) return null;
  const labels = text.toLowerCase().split('.');
  const isRight = labels.every((label, i) => (wildcard && i === 0 && label === '*') || LABEL.test(label));
  return isRight && !/^\d+$/.test(labels.at(-1) as string) ? labels : null;
}

/**
 * Whether a name as presented in a certificate covers a host (RFC 6125 clause 6.4): label by label; a wildcard stands for one
 * label, and only above a name of two labels at least, since no list of public suffixes is kept.
 */
export function coversHost(presented: string, host: string): boolean {
  const labels = dnsLabels(presented, true);
  const asked = dnsLabels(host, false);
  if (labels === null || asked === null || labels.length !== asked.length) return false;
  if (labels[0] === '*' && labels.length < 3) return false;
  return labels.every((label, i) => label === asked[i] || (i === 0 && label === '*'));
}
