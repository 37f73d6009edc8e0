import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { getSigner } from "#aws/s3-signature";

const segment = fc.stringMatching(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2}){1,12}$/);
const get = fc.record({
  host: fc.constantFrom("127.0.0.1:7070", "blocks.s3.eu-west-1.amazonaws.com"),
  path: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
});
const credentials = fc.record({
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{8,20}$/),
  secretAccessKey: fc.stringMatching(/^[A-Za-z0-9/+]{10,40}$/),
  sessionToken: fc.option(fc.stringMatching(/^[A-Za-z0-9/+=]{10,80}$/), { nil: undefined }),
});
const time = fc.date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true });

describe("getSigner", () => {
  it("signs as the SDK does", async () => {
    const sign = getSigner("eu-west-1");
    await fc.assert(
      fc.asyncProperty(get, credentials, time, async ({ host, path }, { sessionToken, ...keys }, now) => {
        const identity = { ...keys, ...(sessionToken === undefined ? {} : { sessionToken }) };
        const sdk = new SignatureV4({
          ...{ service: "s3", region: "eu-west-1", credentials: identity, sha256: Sha256, uriEscapePath: false },
        });
        const request = { method: "GET", protocol: "https:", hostname: host, path, query: {}, headers: { host } };
        const { headers } = await sdk.sign(request, { signingDate: now });
        expect(sign({ host, path }, identity, now)).toEqual(headers);
      }),
    );
  });
});
