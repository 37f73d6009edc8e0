import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { isIPv4 } from "node:net";

export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
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

/** Signs certificates of others (RFC 5280). */
export interface CertificateAuthority {
  /** PEM; what those trust who are to trust its certificates. */
  readonly cert: string;
  /** A certificate with a fresh key for a server under these host names and IPv4 addresses, or for a client, who has none. */
  issue(of: { readonly name: string; readonly hosts?: readonly string[] }): Certificate;
}

/** A self-signed certificate for one host name or IPv4 address, with a fresh key (RFC 5280). It holds from 2020 to 2099: clients judge it by their own clocks. */
export function selfSignedCertificate(host: string): Certificate {
  const keys = keyPair();
  const name = commonName("musterbook embedded cluster");
  const extensions = [authority(), alternativeNames([host])];
  return { key: keys.pem, cert: certificate({ name, keys, extensions }, { name, keys }) };
}

/** An authority with a fresh key, whose certificates hold as long as self-signed ones. */
export function certificateAuthority(name: string): CertificateAuthority {
  const issuer = { name: commonName(name), keys: keyPair() };
  return {
    cert: certificate({ ...issuer, extensions: [authority()] }, issuer),
    issue: (of) => {
      const keys = keyPair();
      const extensions = of.hosts === undefined ? [] : [alternativeNames(of.hosts)];
      return { key: keys.pem, cert: certificate({ name: commonName(of.name), keys, extensions }, issuer) };
    },
  };
}

interface KeyPair {
  readonly privateKey: KeyObject;
  /** The public key, in DER. */
  readonly spki: Buffer;
  /** The private key. */
  readonly pem: string;
}

interface Party {
  /** In DER. */
  readonly name: Buffer;
  readonly keys: KeyPair;
}

function keyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  return { privateKey, spki, pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function certificate(subject: Party & { readonly extensions: readonly Buffer[] }, issuer: Party): string {
  const { name, keys, extensions } = subject;
  const serial = createHash("sha256").update(keys.spki).digest().subarray(0, 8);
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const validity = sequence(
    der(TAG.utcTime, Buffer.from("200101000000Z")),
    der(TAG.generalizedTime, Buffer.from("20991231235959Z")),
  );
  const body = sequence(
    der(TAG.version, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.concat([Buffer.from([0x01]), serial])),
    algorithm,
    issuer.name,
    validity,
    name,
    keys.spki,
    ...(extensions.length === 0 ? [] : [der(TAG.extensions, sequence(...extensions))]),
  );
  const signature = sign("sha256", body, issuer.keys.privateKey);
  return pem(sequence(body, algorithm, der(TAG.bitString, Buffer.from([0]), signature)));
}

function commonName(text: string): Buffer {
  return sequence(der(TAG.set, sequence(oid(OID.commonName), der(TAG.utf8, Buffer.from(text)))));
}

function authority(): Buffer {
  const yes = der(TAG.boolean, Buffer.from([0xff]));
  return sequence(oid(OID.basicConstraints), yes, der(TAG.octetString, sequence(yes)));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? der(TAG.ipAddress, Buffer.from(host.split(".").map(Number))) : der(TAG.dnsName, Buffer.from(host)),
  );
  return sequence(oid(OID.subjectAltName), der(TAG.octetString, sequence(...names)));
}

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body)]), body]);
}

/** In as few bytes as it takes: Go reads nothing longer. */
function lengthOf({ length }: Buffer): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
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
