// The franz-go client as a long-lived process: one JSON job a line on standard input, one answer a line on standard
// output. Jobs and answers are described in test/interop/agents/agent.ts.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type job struct {
	Do        string           `json:"do"`
	Bootstrap string           `json:"bootstrap"`
	Topic     string           `json:"topic"`
	Codec     string           `json:"codec"`
	Frames    string           `json:"frames"`
	Topics    map[string]int64 `json:"topics"`
}

type answer struct {
	OK      bool                    `json:"ok"`
	Error   string                  `json:"error,omitempty"`
	Ms      int64                   `json:"ms"`
	Records int                     `json:"records,omitempty"`
	Topics  map[string]*topicDigest `json:"topics,omitempty"`
}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		start := time.Now()
		result, err := serve(lines.Bytes())
		if err != nil {
			result = answer{Error: err.Error()}
		}
		result.OK = err == nil
		result.Ms = time.Since(start).Milliseconds()
		if err := out.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func serve(line []byte) (answer, error) {
	var wanted job
	if err := json.Unmarshal(line, &wanted); err != nil {
		return answer{}, err
	}
	if wanted.Do == "write" {
		return write(wanted)
	}
	return read(wanted)
}

func write(wanted job) (answer, error) {
	data, err := os.ReadFile(wanted.Frames)
	if err != nil {
		return answer{}, err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(wanted.Bootstrap),
		kgo.ProducerBatchCompression(codecs[wanted.Codec]),
		kgo.ProducerLinger(20*time.Millisecond),
	)
	if err != nil {
		return answer{}, err
	}
	defer client.Close()
	records := readFrames(data, wanted.Topic)
	var failed kgo.FirstErrPromise
	for _, record := range records {
		client.Produce(context.Background(), record, failed.Promise())
	}
	if err := client.Flush(context.Background()); err != nil {
		return answer{}, err
	}
	return answer{Records: len(records)}, failed.Err()
}

func read(wanted job) (answer, error) {
	digests := map[string]*topicDigest{}
	var topics []string
	for topic := range wanted.Topics {
		digests[topic] = newTopicDigest()
		topics = append(topics, topic)
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(wanted.Bootstrap),
		kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return answer{}, err
	}
	defer client.Close()
	for missing := len(topics); missing > 0; {
		fetches := client.PollFetches(context.Background())
		if errs := fetches.Errors(); len(errs) > 0 {
			return answer{}, fmt.Errorf("%s[%d]: %w", errs[0].Topic, errs[0].Partition, errs[0].Err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			digest := digests[record.Topic]
			digest.add(record)
			if digest.Records == wanted.Topics[record.Topic] {
				missing--
			}
		})
	}
	return answer{Topics: digests}, nil
}
