/** Of each function that holds the index of a bucket, where the configuration says nothing; MB. */
export const AUDIT_MEMORY_MB = 2048;
