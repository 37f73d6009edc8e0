import { describe, expect, it } from "vitest";
import { Sha256 } from "#aws/sha256";

async function hex(hash: Sha256, ...texts: readonly string[]): Promise<string> {
  for (const text of texts) hash.update(Buffer.from(text));
  return Buffer.from(await hash.digest()).toString("hex");
}

const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/** Test case 2 of RFC 4231. */
const JEFE = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
const QUESTION = "what do ya want for nothing?";

describe("SHA-256 for the signer", () => {
  it("is that of FIPS 180-4", async () => {
    expect(await hex(new Sha256(), "a", "bc")).toBe(ABC);
  });

  it("is that of RFC 4231 with a secret, whichever way the secret comes", async () => {
    const bytes = Buffer.from("in front Jefe behind");
    const view = bytes.subarray(9, 13);
    const alone = Uint8Array.from(view).buffer;

    for (const secret of ["Jefe", view, alone]) {
      expect(await hex(new Sha256(secret), QUESTION)).toBe(JEFE);
      expect(await hex(new Sha256(secret), QUESTION)).toBe(JEFE);
    }
  });

  it("starts anew", async () => {
    const [plain, keyed] = [new Sha256(), new Sha256("Jefe")];
    for (const hash of [plain, keyed]) {
      hash.update(Buffer.from("something else"));
      hash.reset();
    }

    expect(await hex(plain, "abc")).toBe(ABC);
    expect(await hex(keyed, QUESTION)).toBe(JEFE);
  });

  it("takes no secret for another, however many there are", async () => {
    const secrets = Array.from({ length: 100 }, (_, index) => `secret ${index}`);
    const digests = await Promise.all(secrets.map((secret) => hex(new Sha256(secret), "abc")));
    const again = await Promise.all(secrets.map((secret) => hex(new Sha256(Buffer.from(secret)), "abc")));

    expect(new Set(digests).size).toBe(100);
    expect(again).toEqual(digests);
  });
});
