import { memoryStoreList } from "#local/memory-store-list";
import { storeListContract } from "#test/contracts/store-list";

storeListContract("memoryStoreList", async () => memoryStoreList());
