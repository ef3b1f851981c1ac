/** Forms a body may have, and which one a client accepts (RFC 9110 clauses 8.3 and 12.5.1). */
export type MediaForm = 'json' | 'msgpack';

export const MEDIA_TYPES: Readonly<Record<MediaForm, string>> = {
  json: 'application/json',
  msgpack: 'application/msgpack',
};

const FORMS: ReadonlyMap<string, MediaForm> = new Map([
  ['application/json', 'json'],
  ['application/msgpack', 'msgpack'],
  // The name under which IANA registers it.
  ['application/vnd.msgpack', 'msgpack'],
]);

/** Form of a body by its Content-Type; null when it is none of ours. Parameters are ignored: JSON is UTF-8. */
export function contentForm(contentType: string): MediaForm | null {
  return FORMS.get(mediaRange(contentType)) ?? null;
}

/**
 * Form to answer in. `like` (the form of the request) wins where the client does not care. Null: it accepts neither.
 */
export function acceptedForm(accept: string, like: MediaForm): MediaForm | null {
  if (accept === '') return like;
  let best: MediaForm | null = null;
  let bestQuality = 0;
  for (const part of accept.split(',')) {
    const range = mediaRange(part);
    const form = range === '*/*' || range === 'application/*' ? like : FORMS.get(range);
    if (form === undefined) continue;
    const quality = qualityOf(part);
    if (quality > bestQuality || (quality === bestQuality && quality > 0 && form === like)) {
      best = form;
      bestQuality = quality;
    }
  }
  return best;
}

function mediaRange(text: string): string {
  return (text.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** The weight `q` (RFC 9110 clause 12.4.2): 1 where it is not given, 0 where it is not a number. */
function qualityOf(part: string): number {
  const weight = /;\s*q\s*=\s*([^;]*)/i.exec(part)?.[1];
  if (weight === undefined) return 1;
  const quality = Number(weight.trim());
  return quality >= 0 && quality <= 1 ? quality : 0;
}
