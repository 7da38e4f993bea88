package tinker

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"relook/agent/train/engine"
)

// The messages, with the numbers of their fields, are those of
// tinker.proto.tinker_public_pb2 of the tinker SDK 0.25.

const (
	float32Type = 1
	int64Type   = 2
)

func field(b []byte, number protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), v)
}

func integer(b []byte, number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), v)
}

// tensor is a dense list of numbers, little-endian.
func tensor(kind uint64, n int, dense []byte) []byte {
	b := field(nil, 1, dense)
	b = integer(b, 3, kind)
	return field(b, 4, protowire.AppendVarint(nil, uint64(n)))
}

func floats(list []float32) []byte {
	var b []byte
	for _, v := range list {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return tensor(float32Type, len(list), b)
}

func longs(list []int) []byte {
	var b []byte
	for _, v := range list {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return tensor(int64Type, len(list), b)
}

func ints(list []int) []byte {
	var b []byte
	for _, v := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

func mapEntry(key string, v []byte) []byte { return field(field(nil, 1, []byte(key)), 2, v) }

// A pass is a ForwardBackwardRequest.
type pass struct {
	model   string
	seq     int
	loss    engine.Loss
	data    []engine.Datum
	forward bool // learn nothing
}

func (p pass) encode() []byte {
	b := field(nil, 1, []byte(p.model))
	b = integer(b, 2, uint64(p.seq))
	for _, d := range p.data {
		b = field(b, 3, encodeDatum(d))
	}
	b = field(b, 4, []byte(p.loss.Name))
	if p.loss.Name == engine.PPO {
		for _, c := range []struct {
			name  string
			value float64
		}{{"clip_low_threshold", p.loss.ClipLow}, {"clip_high_threshold", p.loss.ClipHigh}} {
			entry := field(nil, 1, []byte(c.name))
			entry = protowire.AppendFixed64(protowire.AppendTag(entry, 2, protowire.Fixed64Type), math.Float64bits(c.value))
			b = field(b, 5, entry)
		}
	}
	if p.forward {
		b = integer(b, 6, 1)
	}
	return b
}

func encodeDatum(d engine.Datum) []byte {
	b := field(nil, 1, field(nil, 1, field(nil, 1, ints(d.Tokens)))) // a chunk of encoded text
	b = field(b, 2, mapEntry("target_tokens", longs(d.Targets)))
	b = field(b, 2, mapEntry("weights", floats(d.Weights)))
	if d.Advantages != nil {
		b = field(b, 2, mapEntry("advantages", floats(d.Advantages)))
		b = field(b, 2, mapEntry("logprobs", floats(d.Logprobs)))
	}
	return b
}

// An item is one field of a message.
type item struct {
	number protowire.Number
	value  uint64 // of numbers
	bytes  []byte
}

// items takes a message apart.
func items(b []byte) ([]item, error) {
	var list []item
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, engine.ErrWire
		}
		b = b[n:]
		it := item{number: number}
		switch kind {
		case protowire.VarintType:
			it.value, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			it.value, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			it.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
		}
		if n < 0 {
			return nil, engine.ErrWire
		}
		b = b[n:]
		list = append(list, it)
	}
	return list, nil
}

func readFloats(b []byte) ([]float32, error) {
	if len(b)%4 != 0 {
		return nil, engine.ErrWire
	}
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out, nil
}

// decodeSamples reads a SampleResponse.
func decodeSamples(b []byte) ([]engine.Sequence, error) {
	list, err := items(b)
	if err != nil {
		return nil, err
	}
	var out []engine.Sequence
	for _, it := range list {
		if it.number != 1 {
			continue
		}
		s, err := decodeSequence(it.bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func decodeSequence(b []byte) (engine.Sequence, error) {
	s := engine.Sequence{Ended: true} // STOP is 0, which is not sent
	list, err := items(b)
	if err != nil {
		return s, err
	}
	for _, it := range list {
		switch it.number {
		case 1:
			s.Ended = it.value == 0
		case 2:
			if len(it.bytes)%4 != 0 {
				return s, engine.ErrWire
			}
			for c := range slices.Chunk(it.bytes, 4) {
				s.Tokens = append(s.Tokens, int(int32(binary.LittleEndian.Uint32(c))))
			}
		case 3:
			if s.Logprobs, err = readFloats(it.bytes); err != nil {
				return s, err
			}
		}
	}
	if len(s.Logprobs) != len(s.Tokens) {
		return s, fmt.Errorf("%w (%d tokens have %d log-probabilities)", engine.ErrWire, len(s.Tokens), len(s.Logprobs))
	}
	return s, nil
}

// decodePass reads a ForwardBackwardOutput: the values of each field by datum,
// in the order of the data, and the metrics.
func decodePass(b []byte) (map[string][][]float32, error) {
	out := map[string][][]float32{}
	list, err := items(b)
	if err != nil {
		return nil, err
	}
	for _, it := range list {
		if it.number != 2 { // records
			continue
		}
		record, err := items(it.bytes)
		if err != nil {
			return nil, err
		}
		for _, f := range record {
			if f.number != 2 {
				continue
			}
			name, values, err := decodeField(f.bytes)
			if err != nil {
				return nil, err
			}
			out[name] = append(out[name], values...)
		}
	}
	return out, nil
}

// decodeField reads a map entry of a name and a BatchedTensor.
func decodeField(b []byte) (string, [][]float32, error) {
	var name string
	var data, offsets []byte
	entry, err := items(b)
	if err != nil {
		return "", nil, err
	}
	for _, it := range entry {
		if it.number == 1 {
			name = string(it.bytes)
			continue
		}
		batch, err := items(it.bytes)
		if err != nil {
			return "", nil, err
		}
		for _, f := range batch {
			switch f.number {
			case 1:
				data = f.bytes
			case 2:
				offsets = f.bytes
			}
		}
	}
	var out [][]float32
	for i := 0; i+16 <= len(offsets); i += 8 {
		from, to := binary.LittleEndian.Uint64(offsets[i:]), binary.LittleEndian.Uint64(offsets[i+8:])
		if from > to || to > uint64(len(data)) {
			return "", nil, engine.ErrWire
		}
		values, err := readFloats(data[from:to])
		if err != nil {
			return "", nil, err
		}
		out = append(out, values)
	}
	return name, out, nil
}
