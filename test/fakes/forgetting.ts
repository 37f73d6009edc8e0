import type { ApiFront } from "#test/fakes/api-front";

/** Lets the server behind `front` forget its history once, when somebody asks for a page that is not the first. */
export function forgetMidway(front: ApiFront, forget: () => Promise<void>): () => boolean {
  let forgotten = false;
  front.rule({
    async before({ path }) {
      if (forgotten || !path.includes("continue=")) return undefined;
      forgotten = true;
      await forget();
      return undefined;
    },
  });
  return () => forgotten;
}
