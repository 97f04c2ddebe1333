import {
  type CreatePartitionsRequestInput,
  type CreatePartitionsResponse,
  type CreateTopicsRequestInput,
  type CreateTopicsResponse,
  decodeCreatePartitionsResponse,
  decodeCreateTopicsResponse,
  decodeDeleteGroupsResponse,
  decodeDeleteRecordsResponse,
  decodeDeleteTopicsResponse,
  decodeDescribeConfigsResponse,
  decodeDescribeGroupsResponse,
  decodeIncrementalAlterConfigsResponse,
  decodeListGroupsResponse,
  decodeOffsetDeleteResponse,
  type DeleteGroupsRequestInput,
  type DeleteGroupsResponse,
  type DeleteRecordsRequestInput,
  type DeleteRecordsResponse,
  type DeleteTopicsRequestInput,
  type DeleteTopicsResponse,
  type DescribeConfigsRequestInput,
  type DescribeConfigsResponse,
  type DescribeGroupsRequestInput,
  type DescribeGroupsResponse,
  encodeCreatePartitionsRequest,
  encodeCreateTopicsRequest,
  encodeDeleteGroupsRequest,
  encodeDeleteRecordsRequest,
  encodeDeleteTopicsRequest,
  encodeDescribeConfigsRequest,
  encodeDescribeGroupsRequest,
  encodeIncrementalAlterConfigsRequest,
  encodeListGroupsRequest,
  encodeOffsetDeleteRequest,
  type IncrementalAlterConfigsRequestInput,
  type IncrementalAlterConfigsResponse,
  type ListGroupsRequestInput,
  type ListGroupsResponse,
  type OffsetDeleteRequestInput,
  type OffsetDeleteResponse,
} from "@streambed/protocol";
import type { Api } from "../net/api.ts";

export const CREATE_TOPICS: Api<CreateTopicsRequestInput, CreateTopicsResponse> = {
  key: 19,
  name: "CreateTopics",
  minVersion: 2,
  maxVersion: 7,
  flexibleFrom: 5,
  encodeRequest: encodeCreateTopicsRequest,
  decodeResponse: decodeCreateTopicsResponse,
};

export const DELETE_TOPICS: Api<DeleteTopicsRequestInput, DeleteTopicsResponse> = {
  key: 20,
  name: "DeleteTopics",
  minVersion: 1,
  maxVersion: 6,
  flexibleFrom: 4,
  encodeRequest: encodeDeleteTopicsRequest,
  decodeResponse: decodeDeleteTopicsResponse,
};

export const CREATE_PARTITIONS: Api<CreatePartitionsRequestInput, CreatePartitionsResponse> = {
  key: 37,
  name: "CreatePartitions",
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 2,
  encodeRequest: encodeCreatePartitionsRequest,
  decodeResponse: decodeCreatePartitionsResponse,
};

export const DELETE_RECORDS: Api<DeleteRecordsRequestInput, DeleteRecordsResponse> = {
  key: 21,
  name: "DeleteRecords",
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 2,
  encodeRequest: encodeDeleteRecordsRequest,
  decodeResponse: decodeDeleteRecordsResponse,
};

export const DESCRIBE_CONFIGS: Api<DescribeConfigsRequestInput, DescribeConfigsResponse> = {
  key: 32,
  name: "DescribeConfigs",
  minVersion: 1,
  maxVersion: 4,
  flexibleFrom: 4,
  encodeRequest: encodeDescribeConfigsRequest,
  decodeResponse: decodeDescribeConfigsResponse,
};

export const INCREMENTAL_ALTER_CONFIGS: Api<IncrementalAlterConfigsRequestInput, IncrementalAlterConfigsResponse> = {
  key: 44,
  name: "IncrementalAlterConfigs",
  minVersion: 0,
  maxVersion: 1,
  flexibleFrom: 1,
  encodeRequest: encodeIncrementalAlterConfigsRequest,
  decodeResponse: decodeIncrementalAlterConfigsResponse,
};

export const LIST_GROUPS: Api<ListGroupsRequestInput, ListGroupsResponse> = {
  key: 16,
  name: "ListGroups",
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 3,
  encodeRequest: encodeListGroupsRequest,
  decodeResponse: decodeListGroupsResponse,
};

export const DESCRIBE_GROUPS: Api<DescribeGroupsRequestInput, DescribeGroupsResponse> = {
  key: 15,
  name: "DescribeGroups",
  minVersion: 0,
  maxVersion: 6,
  flexibleFrom: 5,
  encodeRequest: encodeDescribeGroupsRequest,
  decodeResponse: decodeDescribeGroupsResponse,
};

export const DELETE_GROUPS: Api<DeleteGroupsRequestInput, DeleteGroupsResponse> = {
  key: 42,
  name: "DeleteGroups",
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 2,
  encodeRequest: encodeDeleteGroupsRequest,
  decodeResponse: decodeDeleteGroupsResponse,
};

export const OFFSET_DELETE: Api<OffsetDeleteRequestInput, OffsetDeleteResponse> = {
  key: 47,
  name: "OffsetDelete",
  minVersion: 0,
  maxVersion: 0,
  flexibleFrom: Number.POSITIVE_INFINITY,
  encodeRequest: encodeOffsetDeleteRequest,
  decodeResponse: decodeOffsetDeleteResponse,
};
