/*
 * Stands in for the library of a cipher machine: the functions of GM/T 0018 that the holder calls, in software, over libcrypto's
 * numbers, curve and SM4. Keys come from their index, so that every process has the same. ECC_BYTES: room of a number in structures,
 * 64, or 32 as in libraries of earlier standards.
 */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ECC_BYTES
#define ECC_BYTES 64
#endif

enum {
  OK = 0,
  COMMUNICATION_FAILED = 0x01000003,
  ACCESS_DENIED = 0x01000007,
  NO_KEY = 0x01000008,
  UNKNOWN_ALGORITHM = 0x01000009,
  KEY_FAILED = 0x01000015,
  NUMBER = 32,
  SM4_ECB = 0x401,
  SM4_BYTES = 16,
  KEYS = 8
};

typedef struct {
  unsigned char issuer[40], name[16], serial[16];
  unsigned int versions[2], abilities[4], buffer;
} DeviceInfo;
typedef struct {
  unsigned int bits;
  unsigned char x[ECC_BYTES], y[ECC_BYTES];
} PublicKey;
typedef struct {
  unsigned char r[ECC_BYTES], s[ECC_BYTES];
} Signature;

static int may_use[KEYS + 1];

/* A secret of an index: nothing here is worth keeping. */
static void secret_of(unsigned int index, unsigned char kind, unsigned char out[NUMBER]) {
  unsigned char seed[2] = {(unsigned char)index, kind};
  EVP_Digest(seed, sizeof seed, out, NULL, EVP_sm3(), NULL);
  out[0] &= 0x7f;
}

static void put(const BIGNUM *number, unsigned char *field) {
  memset(field, 0, ECC_BYTES);
  BN_bn2binpad(number, field + ECC_BYTES - NUMBER, NUMBER);
}

static int sm4(int encrypt, const unsigned char *key, const unsigned char *in, unsigned int length, unsigned char *out) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int written = 0;
  EVP_CipherInit_ex(context, EVP_sm4_ecb(), NULL, key, NULL, encrypt);
  EVP_CIPHER_CTX_set_padding(context, 0);
  int done = EVP_CipherUpdate(context, out, &written, in, (int)length);
  EVP_CIPHER_CTX_free(context);
  return done && written == (int)length;
}

int SDF_OpenDevice(void **device) {
  *device = &may_use;
  return getenv("SDF_DOUBLE_AWAY") ? COMMUNICATION_FAILED : OK;
}

int SDF_OpenSession(void *device, void **session) {
  *session = device;
  return OK;
}

int SDF_GetDeviceInfo(void *session, DeviceInfo *info) {
  (void)session;
  memset(info, 0, sizeof *info);
  strcpy((char *)info->issuer, "nobody");
  strcpy((char *)info->name, "a double");
  return OK;
}

int SDF_GetPrivateKeyAccessRight(void *session, unsigned int index, unsigned char *password, unsigned int length) {
  (void)session;
  if (index < 1 || index > KEYS) return NO_KEY;
  if (length != 9 || memcmp(password, "open 1234", 9) != 0) return ACCESS_DENIED;
  may_use[index] = 1;
  return OK;
}

int SDF_ExportSignPublicKey_ECC(void *session, unsigned int index, PublicKey *key) {
  (void)session;
  if (index < 1 || index > KEYS) return NO_KEY;
  unsigned char secret[NUMBER];
  secret_of(index, 'd', secret);
  EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
  EC_POINT *point = EC_POINT_new(group);
  BIGNUM *d = BN_bin2bn(secret, NUMBER, NULL), *x = BN_new(), *y = BN_new();
  EC_POINT_mul(group, point, d, NULL, NULL, NULL);
  EC_POINT_get_affine_coordinates(group, point, x, y, NULL);
  key->bits = 256;
  put(x, key->x);
  put(y, key->y);
  BN_free(d), BN_free(x), BN_free(y), EC_POINT_free(point), EC_GROUP_free(group);
  return OK;
}

/* GB/T 32918.2 clause 6.1, from step A3 on: `data` is the digest e. */
int SDF_InternalSign_ECC(void *session, unsigned int index, unsigned char *data, unsigned int length, Signature *signature) {
  (void)session;
  if (index < 1 || index > KEYS || length != NUMBER) return NO_KEY;
  if (!may_use[index]) return ACCESS_DENIED;
  const char *microseconds = getenv("SDF_DOUBLE_MICROSECONDS");
  if (microseconds) usleep((unsigned int)atoi(microseconds));
  unsigned char secret[NUMBER];
  secret_of(index, 'd', secret);
  BN_CTX *context = BN_CTX_new();
  EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
  EC_POINT *point = EC_POINT_new(group);
  const BIGNUM *n = EC_GROUP_get0_order(group);
  BIGNUM *d = BN_bin2bn(secret, NUMBER, NULL), *e = BN_bin2bn(data, NUMBER, NULL);
  BIGNUM *k = BN_new(), *r = BN_new(), *s = BN_new(), *one = BN_new();
  BN_rand_range(k, n);
  EC_POINT_mul(group, point, k, NULL, NULL, context);
  EC_POINT_get_affine_coordinates(group, point, r, NULL, context);
  BN_mod_add(r, r, e, n, context);
  BN_mod_mul(s, r, d, n, context);
  BN_mod_sub(s, k, s, n, context);
  BN_one(one);
  BN_mod_add(one, one, d, n, context);
  BN_mod_inverse(one, one, n, context);
  BN_mod_mul(s, s, one, n, context);
  put(r, signature->r);
  put(s, signature->s);
  BN_free(d), BN_free(e), BN_free(k), BN_free(r), BN_free(s), BN_free(one);
  EC_POINT_free(point), EC_GROUP_free(group), BN_CTX_free(context);
  return OK;
}

int SDF_ImportKeyWithKEK(void *session, unsigned int algorithm, unsigned int index, unsigned char *encrypted, unsigned int length, void **key) {
  (void)session;
  unsigned char kek[NUMBER];
  if (algorithm != SM4_ECB) return UNKNOWN_ALGORITHM;
  if (index < 1 || index > KEYS) return NO_KEY;
  if (length != SM4_BYTES) return KEY_FAILED;
  secret_of(index, 'k', kek);
  *key = malloc(SM4_BYTES);
  return sm4(0, kek, encrypted, SM4_BYTES, *key) ? OK : KEY_FAILED;
}

int SDF_GenerateKeyWithKEK(void *session, unsigned int bits, unsigned int algorithm, unsigned int index, unsigned char *encrypted, unsigned int *length, void **key) {
  if (bits != 8 * SM4_BYTES || *length < SM4_BYTES) return UNKNOWN_ALGORITHM;
  RAND_bytes(encrypted, SM4_BYTES);
  *length = SM4_BYTES;
  return SDF_ImportKeyWithKEK(session, algorithm, index, encrypted, SM4_BYTES, key);
}

int SDF_DestroyKey(void *session, void *key) {
  (void)session;
  free(key);
  return OK;
}

int SDF_Encrypt(void *session, void *key, unsigned int algorithm, unsigned char *iv, unsigned char *data, unsigned int length, unsigned char *out, unsigned int *written) {
  (void)session, (void)iv;
  if (algorithm != SM4_ECB) return UNKNOWN_ALGORITHM;
  *written = length;
  return sm4(1, key, data, length, out) ? OK : KEY_FAILED;
}

int SDF_Decrypt(void *session, void *key, unsigned int algorithm, unsigned char *iv, unsigned char *data, unsigned int length, unsigned char *out, unsigned int *written) {
  (void)session, (void)iv;
  if (algorithm != SM4_ECB) return UNKNOWN_ALGORITHM;
  *written = length;
  return sm4(0, key, data, length, out) ? OK : KEY_FAILED;
}
