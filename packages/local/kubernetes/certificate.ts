import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { isIPv4 } from "node:net";

export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM; it is its own authority. */
  readonly cert: string;
}

/** DER tags of what a certificate is made of (X.690). */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  ipAddress: 0x87,
  version: 0xa0,
  extensions: 0xa3,
};

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
};

/** A self-signed certificate for one host name or IPv4 address, with a fresh key (RFC 5280). It holds from 2020 to 2099: clients judge it by their own clocks. */
export function selfSignedCertificate(host: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const serial = createHash("sha256").update(spki).digest().subarray(0, 8);
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const name = sequence(
    der(TAG.set, sequence(oid(OID.commonName), der(TAG.utf8, Buffer.from("musterbook embedded cluster")))),
  );
  const validity = sequence(
    der(TAG.utcTime, Buffer.from("200101000000Z")),
    der(TAG.generalizedTime, Buffer.from("20991231235959Z")),
  );
  const body = sequence(
    der(TAG.version, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.concat([Buffer.from([0x01]), serial])),
    algorithm,
    name,
    validity,
    name,
    spki,
    der(TAG.extensions, sequence(authority(), alternativeName(host))),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = sequence(body, algorithm, der(TAG.bitString, Buffer.from([0]), signature));
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert: pem(whole) };
}

function authority(): Buffer {
  const yes = der(TAG.boolean, Buffer.from([0xff]));
  return sequence(oid(OID.basicConstraints), yes, der(TAG.octetString, sequence(yes)));
}

function alternativeName(host: string): Buffer {
  const address = isIPv4(host) ? der(TAG.ipAddress, Buffer.from(host.split(".").map(Number))) : undefined;
  return sequence(
    oid(OID.subjectAltName),
    der(TAG.octetString, sequence(address ?? der(TAG.dnsName, Buffer.from(host)))),
  );
}

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([Buffer.from([tag, 0x82]), length, body]);
}

function sequence(...content: readonly Uint8Array[]): Buffer {
  return der(TAG.sequence, ...content);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
