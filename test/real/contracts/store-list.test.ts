import { randomUUID } from "node:crypto";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { describe, inject } from "vitest";
import { s3Client } from "#aws/s3-client";
import { s3ObjectStore } from "#aws/s3-object-store";
import { s3StoreList } from "#aws/s3-store-list";
import { storeListContract } from "#test/contracts/store-list";

describe("on ministack", () => {
  storeListContract("s3StoreList", async () => {
    const options = { endpoint: inject("ministack").url };
    const bucket = `state-${randomUUID()}`;
    await s3Client(options).send(new CreateBucketCommand({ Bucket: bucket }));
    const url = `s3://${bucket}/stores`;
    return s3StoreList(s3ObjectStore(url, options), url);
  });
});
