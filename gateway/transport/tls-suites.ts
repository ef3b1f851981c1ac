/**
 * Suites of TLS 1.2 that are spoken, as OpenSSL and BoringSSL name them: what RFC 9325 clause 4.2 recommends, with forward
 * secrecy and authenticated encryption, so no CBC and no RSA key transport. TLS 1.3 has suites of its own, all of that kind.
 */
export const TLS_1_2_SUITES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The same as Node takes it, which names those of TLS 1.3 in the same list. */
export const NODE_TLS_SUITES = `TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:${TLS_1_2_SUITES}`;
