import * as v from "valibot";
import { FleetConfig } from "#config/fleet-config";
import { clusterRef } from "#fleet/cluster";
import type { TlsFiles } from "#test/real/servers/tls-files";

const ACCOUNT = "111122223333";
const ref = (name: string) => clusterRef({ account: ACCOUNT, region: "eu-west-1", name });

export const OBSERVER = ref("observer");
export const SHOP = ref("shop-1");
export const BANK = ref("bank-1");

/** All clusters but the observer are managed; `storesTls` are files on this machine. */
export function fleetConfig(storesTls: TlsFiles): FleetConfig {
  return v.parse(FleetConfig, {
    scopes: [{ account: ACCOUNT, regions: ["eu-west-1"] }],
    modes: [
      { select: { name: OBSERVER.name }, mode: "observe" },
      { select: {}, mode: "manage" },
    ],
    zone: "obs.example.com",
    principalArn: `arn:aws:iam::${ACCOUNT}:role/musterbook`,
    observer: { cluster: OBSERVER.arn },
    leaf: { size: "lean" },
    storesTls,
  });
}
