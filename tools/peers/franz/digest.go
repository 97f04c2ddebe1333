package main

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"

	"github.com/twmb/franz-go/pkg/kgo"
)

// keySeen is partition, count and chain; partitionSeen is count, first offset, last offset, gaps and chain.
type keySeen [3]int64
type partitionSeen [5]int64

// topicDigest is what a reader saw of one topic, the same in every language of the harness (see digest.ts).
type topicDigest struct {
	Records    int64                    `json:"records"`
	Bytes      int64                    `json:"bytes"`
	Strays     int64                    `json:"strays"`
	Keys       map[string]*keySeen      `json:"keys"`
	Partitions map[int32]*partitionSeen `json:"partitions"`
	scratch    []byte
}

func newTopicDigest() *topicDigest {
	return &topicDigest{Keys: map[string]*keySeen{}, Partitions: map[int32]*partitionSeen{}}
}

func (d *topicDigest) add(r *kgo.Record) {
	d.scratch = appendFrame(d.scratch[:0], r)
	d.Records++
	d.Bytes += int64(len(r.Key) + len(r.Value))
	if r.Key != nil {
		d.addToKey(r)
	}
	d.scratch = binary.LittleEndian.AppendUint64(d.scratch, uint64(r.Offset))
	d.scratch = binary.LittleEndian.AppendUint64(d.scratch, uint64(r.Timestamp.UnixMilli()))
	seen := d.Partitions[r.Partition]
	if seen == nil {
		seen = &partitionSeen{0, r.Offset, r.Offset - 1, 0, 0}
		d.Partitions[r.Partition] = seen
	}
	seen[0]++
	if r.Offset != seen[2]+1 {
		seen[3]++
	}
	seen[2] = r.Offset
	seen[4] = int64(crc32.Update(uint32(seen[4]), crc32.IEEETable, d.scratch))
}

func (d *topicDigest) addToKey(r *kgo.Record) {
	key := hex.EncodeToString(r.Key)
	seen := d.Keys[key]
	if seen == nil {
		seen = &keySeen{int64(r.Partition), 0, 0}
		d.Keys[key] = seen
	}
	if seen[0] != int64(r.Partition) {
		d.Strays++
	}
	seen[1]++
	seen[2] = int64(crc32.Update(uint32(seen[2]), crc32.IEEETable, d.scratch))
}

func appendFrame(to []byte, r *kgo.Record) []byte {
	to = appendBlob(to, r.Key)
	to = appendBlob(to, r.Value)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(r.Headers)))
	for _, header := range r.Headers {
		to = appendBlob(to, []byte(header.Key))
		to = appendBlob(to, header.Value)
	}
	return to
}

func appendBlob(to, blob []byte) []byte {
	if blob == nil {
		return binary.LittleEndian.AppendUint32(to, 0xffffffff)
	}
	to = binary.LittleEndian.AppendUint32(to, uint32(len(blob)))
	return append(to, blob...)
}

// readFrames turns a data set into records of a topic, with the constant header first.
func readFrames(data []byte, topic string) []*kgo.Record {
	var records []*kgo.Record
	at := 0
	length := func() int {
		n := int(int32(binary.LittleEndian.Uint32(data[at:])))
		at += 4
		return n
	}
	blob := func() []byte {
		n := length()
		if n < 0 {
			return nil
		}
		at += n
		return data[at-n : at : at]
	}
	for at < len(data) {
		record := &kgo.Record{Topic: topic, Key: blob(), Value: blob()}
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: "set", Value: []byte(topic)})
		for n := length(); n > 0; n-- {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: string(blob()), Value: blob()})
		}
		records = append(records, record)
	}
	return records
}
