import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import type { Scene } from "#test/contracts/kube-server/scene";

/** `MaxSecretSize`, over all values, decoded. */
const MAX_SECRET_BYTES = 1_048_576;
const PROTOBUF = { contentType: "application/vnd.kubernetes.protobuf" };

function envelope(kind: string, raw: Uint8Array): Uint8Array {
  const type = new BinaryWriter().uint32(10).string("v1").uint32(18).string(kind).finish();
  const unknown = new BinaryWriter().uint32(10).bytes(type).uint32(18).bytes(raw).finish();
  return Buffer.concat([Buffer.from("k8s\0"), unknown]);
}

/** As helm writes its records (k8s.io/api/core/v1/generated.proto). */
function secretOf(name: string, data: Uint8Array): Uint8Array {
  const label = new BinaryWriter().uint32(10).string("owner").uint32(18).string("helm").finish();
  const metadata = new BinaryWriter().uint32(10).string(name).uint32(42).string("").uint32(90).bytes(label).finish();
  const datum = new BinaryWriter().uint32(10).string("release").uint32(18).bytes(data).finish();
  const secret = new BinaryWriter().uint32(10).bytes(metadata).uint32(18).bytes(datum).uint32(26);
  return envelope("Secret", secret.string("helm.sh/release.v1").finish());
}

export function describeBodies(scene: () => Scene): void {
  describe("bodies", () => {
    const secretsOf = ({ namespace }: Scene) => `/api/v1/namespaces/${namespace}/secrets`;

    it("in protobuf become the objects they stand for", async () => {
      const { call } = scene();
      const reply = await call("POST", secretsOf(scene()), secretOf("s", Buffer.from("ä")), PROTOBUF);
      expect(reply).toMatchObject({
        code: 201,
        body: {
          type: "helm.sh/release.v1",
          metadata: { name: "s", labels: { owner: "helm" } },
          data: { release: Buffer.from("ä").toString("base64") },
        },
      });
    });

    it("in protobuf are refused when they are broken", async () => {
      const { call } = scene();
      expect((await call("POST", secretsOf(scene()), Buffer.from("k8s\0\x0a\xff"), PROTOBUF)).code).toBe(400);
    });

    it("in YAML are applied", async () => {
      const { call, configMaps } = scene();
      const text = Buffer.from("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1'}");
      const contentType = "application/apply-patch+yaml";
      expect(await call("PATCH", `${configMaps}/a?fieldManager=me`, text, { contentType })).toMatchObject({
        code: 201,
        body: { data: { x: "1" } },
      });
    });

    it("hold a Secret of 1 MiB and not a byte more", async () => {
      const { call } = scene();
      const path = secretsOf(scene());
      expect((await call("POST", path, secretOf("full", Buffer.alloc(MAX_SECRET_BYTES)), PROTOBUF)).code).toBe(201);
      const large = secretOf("large", Buffer.alloc(MAX_SECRET_BYTES + 1));
      expect(await call("POST", path, large, PROTOBUF)).toMatchObject({
        code: 422,
        body: {
          message: 'Secret "large" is invalid: data: Too long: may not be more than 1048576 bytes',
          reason: "Invalid",
        },
      });
    });

    it("over 3 MiB are refused unread", async () => {
      const { call } = scene();
      const reply = await call("POST", secretsOf(scene()), secretOf("huge", Buffer.alloc(3 * 1024 * 1024)), PROTOBUF);
      expect(reply).toMatchObject({
        code: 413,
        body: { message: "Request entity too large: limit is 3145728", reason: "RequestEntityTooLarge" },
      });
    });
  });
}
