/** The condition that a record has not expired; its one parameter is now, in seconds since the epoch. */
export const KEPT = "(expires_at IS NULL OR expires_at > ?)";
