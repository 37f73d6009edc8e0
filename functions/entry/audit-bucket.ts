import { auditBucket } from "#functions/audit-bucket";
import { deployed } from "#functions/deployed";

export const handler = deployed(auditBucket);
