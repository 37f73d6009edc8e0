import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { certificateAuthority, selfSignedCertificate } from "#local/kubernetes/certificate";

describe("selfSignedCertificate", () => {
  it("is its own authority", () => {
    const certificate = new X509Certificate(selfSignedCertificate("127.0.0.1").cert);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect([certificate.validFromDate.getUTCFullYear(), certificate.validToDate.getUTCFullYear()]).toEqual([
      2020, 2099,
    ]);
  });

  it("is for an address, or for a name", () => {
    expect(new X509Certificate(selfSignedCertificate("127.0.0.1").cert).checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(new X509Certificate(selfSignedCertificate("localhost").cert).checkHost("localhost")).toBe("localhost");
  });

  it("is another one each time, with another number", () => {
    const numbers = [1, 2].map(() => new X509Certificate(selfSignedCertificate("localhost").cert).serialNumber);
    expect(new Set(numbers).size).toBe(2);
  });
});

describe("certificateAuthority", () => {
  const authority = certificateAuthority("leaves");
  const server = authority.issue({ name: "leaf", hosts: ["thanos.shop-1.obs.example.com", "127.0.0.1"] });
  const trusted = new X509Certificate(authority.cert);

  it("signs certificates that are none themselves", () => {
    const certificate = new X509Certificate(server.cert);
    expect(trusted.ca).toBe(true);
    expect([certificate.ca, certificate.issuer, certificate.subject]).toEqual([false, "CN=leaves", "CN=leaf"]);
    expect(certificate.checkIssued(trusted)).toBe(true);
    expect(certificate.verify(trusted.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(server.key))).toBe(true);
  });

  it("names every host of a server, and none of a client", () => {
    const certificate = new X509Certificate(server.cert);
    expect(certificate.checkHost("thanos.shop-1.obs.example.com")).toBe("thanos.shop-1.obs.example.com");
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(new X509Certificate(authority.issue({ name: "querier" }).cert).subjectAltName).toBeUndefined();
  });

  it("writes a short certificate's length in one byte, since Go refuses two", () => {
    const { raw } = new X509Certificate(authority.issue({ name: "querier" }).cert);
    // Behind the outer header of four bytes: a sequence, its length in one byte, at least 128.
    expect([raw[4], raw[5], (raw[6] ?? 0) >= 128]).toEqual([0x30, 0x81, true]);
  });

  it("does not vouch for what another of its name has signed", () => {
    const other = certificateAuthority("leaves").issue({ name: "leaf" });
    expect(new X509Certificate(other.cert).verify(trusted.publicKey)).toBe(false);
  });
});
