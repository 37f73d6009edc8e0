import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from "node:crypto";

type Secret = string | ArrayBuffer | ArrayBufferView;

/** More than the signer has at a time: the secret key, and what it derives of it for a day and a region. */
const KEYS_KEPT = 32;

/**
 * SHA-256, or with a secret its HMAC, as the SDK's signer takes it. The signer comes with the same few secrets at every
 * request, and making a key of one takes four times as long as all the rest: so their keys are kept.
 */
export class Sha256 {
  readonly #begin: () => Hash | Hmac;
  #hash: Hash | Hmac;

  constructor(secret?: Secret) {
    const key = secret === undefined ? undefined : keyOf(secret);
    this.#begin = () => (key === undefined ? createHash("sha256") : createHmac("sha256", key));
    this.#hash = this.#begin();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begin();
  }
}

/** Bytes are known by their identity, not by what is in them: nobody may change them. */
const keys = new Map<Secret, KeyObject>();

function keyOf(secret: Secret): KeyObject {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  if (keys.size >= KEYS_KEPT) keys.clear();
  const key = typeof secret === "string" ? createSecretKey(secret, "utf8") : createSecretKey(bytesOf(secret));
  keys.set(secret, key);
  return key;
}

function bytesOf(secret: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(secret)) return new Uint8Array(secret);
  return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
}
