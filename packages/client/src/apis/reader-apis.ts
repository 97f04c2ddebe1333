import {
  decodeFetchResponse,
  decodeListOffsetsResponse,
  encodeFetchRequest,
  encodeListOffsetsRequest,
  type FetchRequestInput,
  type FetchResponse,
  type ListOffsetsRequestInput,
  type ListOffsetsResponse,
} from "@streambed/protocol";
import type { Api } from "../net/api.ts";

export const FETCH: Api<FetchRequestInput, FetchResponse> = {
  key: 1,
  name: "Fetch",
  minVersion: 4,
  maxVersion: 18,
  flexibleFrom: 12,
  encodeRequest: encodeFetchRequest,
  decodeResponse: decodeFetchResponse,
};

export const LIST_OFFSETS: Api<ListOffsetsRequestInput, ListOffsetsResponse> = {
  key: 2,
  name: "ListOffsets",
  minVersion: 1,
  maxVersion: 11,
  flexibleFrom: 6,
  encodeRequest: encodeListOffsetsRequest,
  decodeResponse: decodeListOffsetsResponse,
};
