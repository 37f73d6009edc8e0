/** One entry of `endpoints.yaml`. */
export interface StoreEntry {
  /** `host:port`. */
  readonly address: string;
  /** The cluster it belongs to; kept beside the list, not in it. */
  readonly cluster: string;
}

export const STORE_LIST_VERSION = 1;

/** The store list with what its guard must remember. */
export interface StoreListState {
  readonly schemaVersion: typeof STORE_LIST_VERSION;
  /** Sorted by address. */
  readonly entries: readonly StoreEntry[];
  /** Sizes of the list over the last hour, oldest first: the guard counts removals against the fullest. */
  readonly history: readonly { readonly at: string; readonly addresses: readonly string[] }[];
  /** The rendered `endpoints.yaml`. */
  readonly yaml: string;
  readonly updatedAt: string;
}

/** Where the list lives: an S3 object and the observer's ConfigMap, or a file. One writer. */
export interface StoreList {
  read(): Promise<{ readonly state: StoreListState; readonly version: string } | undefined>;
  /** Writes if the stored version is still `expected` (null: must not exist yet); else throws ConflictError. Returns the new version. */
  write(state: StoreListState, expected: string | null): Promise<string>;
}
