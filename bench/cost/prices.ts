/**
 * AWS's list prices in US dollars, us-east-1, on demand, without free tiers: from memory on 2026-11-21, and not looked up at
 * AWS. DynamoDB's were compared with a third party's page of 2025-07-21.
 */
export const PRICES = {
  lambdaRequest: 0.2e-6,
  lambdaArmGbSecond: 0.0000133334,
  lambdaX86GbSecond: 0.0000166667,
  dynamoRead: 0.125e-6,
  dynamoWrite: 0.625e-6,
  dynamoGbMonth: 0.25,
  s3Read: 0.4e-6,
  /** PUT and LIST. */
  s3Write: 5e-6,
  s3GbMonth: 0.023,
  /** The dearer FIFO price for all. */
  sqsRequest: 0.5e-6,
  snsPublish: 0.5e-6,
  /** Events of S3 and schedules. */
  event: 1e-6,
  logGb: 0.5,
  alarmMonth: 0.1,
  secretMonth: 0.4,
  zoneMonth: 0.5,
  nlbHour: 0.0225,
  nlbUnitHour: 0.006,
  gp3GbMonth: 0.08,
  crossZoneGb: 0.02,
  vcpuHour: 0.04,
  memoryGbHour: 0.0045,
} as const;
