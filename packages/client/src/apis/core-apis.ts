import {
  type ApiVersionsRequestInput,
  type ApiVersionsResponse,
  decodeApiVersionsResponse,
  decodeFindCoordinatorResponse,
  decodeMetadataResponse,
  encodeApiVersionsRequest,
  encodeFindCoordinatorRequest,
  encodeMetadataRequest,
  type FindCoordinatorRequestInput,
  type FindCoordinatorResponse,
  type MetadataRequestInput,
  type MetadataResponse,
} from "@streambed/protocol";
import type { Api } from "../net/api.ts";

// Version 5 asks to be sent to another broker when the cluster id is wrong, which this client never names.
export const API_VERSIONS: Api<ApiVersionsRequestInput, ApiVersionsResponse> = {
  key: 18,
  name: "ApiVersions",
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 3,
  encodeRequest: encodeApiVersionsRequest,
  decodeResponse: decodeApiVersionsResponse,
};

export const METADATA: Api<MetadataRequestInput, MetadataResponse> = {
  key: 3,
  name: "Metadata",
  minVersion: 0,
  maxVersion: 13,
  flexibleFrom: 9,
  encodeRequest: encodeMetadataRequest,
  decodeResponse: decodeMetadataResponse,
};

export const FIND_COORDINATOR: Api<FindCoordinatorRequestInput, FindCoordinatorResponse> = {
  key: 10,
  name: "FindCoordinator",
  minVersion: 0,
  maxVersion: 6,
  flexibleFrom: 3,
  encodeRequest: encodeFindCoordinatorRequest,
  decodeResponse: decodeFindCoordinatorResponse,
};
