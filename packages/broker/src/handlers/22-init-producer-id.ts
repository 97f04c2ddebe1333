import { code, storageError } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

const NONE = -1n;

/**
 * InitProducerId for idempotent producers: a fresh id with epoch 0. Transactional ids are refused until there is a
 * transaction coordinator. Version 6 (two-phase commit) is not final in Kafka 4.4 either.
 */
export const initProducerIdHandler: AnyHandler = handler({
  name: "InitProducerId",
  versions: { max: 5 },
  async handle(request, { broker }) {
    const refused = (errorCode: number) => ({ errorCode, producerId: NONE, producerEpoch: -1 });
    if (request.transactionalId !== null) {
      const empty = request.transactionalId === "";
      // Not retriable, and Kafka clients print it as "unsupported".
      return refused(code(empty ? "INVALID_REQUEST" : "UNSUPPORTED_VERSION"));
    }
    const hasId = request.producerId !== NONE;
    if (hasId !== (request.producerEpoch !== -1)) return refused(code("INVALID_REQUEST"));
    try {
      const producerId = await broker.producerIds.next();
      return { errorCode: code("NONE"), producerId: BigInt(producerId), producerEpoch: 0 };
    } catch (error) {
      return refused(
        storageError(error).errorCode === code("UNKNOWN_SERVER_ERROR") ? -1 : code("COORDINATOR_NOT_AVAILABLE"),
      );
    }
  },
});
