/** Fields that anchors and keys of a trust document are made of. */
import { Type } from 'typebox';

/** Hexadecimal text of exactly so many bytes. */
export const hexOf = (bytes: number) => Type.String({ pattern: `^[0-9A-Fa-f]{${bytes * 2}}$` });
/** Of one byte to so many. */
export const hexUpTo = (bytes: number) =>
  Type.String({ pattern: '^([0-9A-Fa-f]{2})+$', maxLength: bytes * 2 });
export const regionName = Type.String({ pattern: '^[a-z0-9-]{1,16}$' });
export const isoDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
/** 32 bytes as unpadded base64url. */
export const coordinate = Type.String({ pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$' });
