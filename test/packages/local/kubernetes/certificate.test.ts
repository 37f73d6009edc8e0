import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { selfSignedCertificate } from "#local/kubernetes/certificate";

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
