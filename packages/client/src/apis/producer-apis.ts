import {
  decodeInitProducerIdResponse,
  decodeProduceResponse,
  encodeInitProducerIdRequest,
  encodeProduceRequest,
  type InitProducerIdRequestInput,
  type InitProducerIdResponse,
  type ProduceRequestInput,
  type ProduceResponse,
} from "@streambed/protocol";
import type { Api } from "../net/api.ts";

export const PRODUCE: Api<ProduceRequestInput, ProduceResponse> = {
  key: 0,
  name: "Produce",
  minVersion: 3,
  maxVersion: 13,
  flexibleFrom: 9,
  encodeRequest: encodeProduceRequest,
  decodeResponse: decodeProduceResponse,
};

// Version 6 is for two-phase commit and not final.
export const INIT_PRODUCER_ID: Api<InitProducerIdRequestInput, InitProducerIdResponse> = {
  key: 22,
  name: "InitProducerId",
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 2,
  encodeRequest: encodeInitProducerIdRequest,
  decodeResponse: decodeInitProducerIdResponse,
};
