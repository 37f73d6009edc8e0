import { memoryObjectStore } from "#local/memory-object-store";
import { defineObjectStoreContract } from "#test/contracts/object-store";

defineObjectStoreContract("memory", async () => memoryObjectStore());
