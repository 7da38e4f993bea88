package weights

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
)

// entry is a tensor in the header of a safetensors file.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// writeSafetensors writes tensors in 32 bits, one after the other, so that only
// one is in memory at a time.
func writeSafetensors(ctx context.Context, name string, list []tensor) (err error) {
	header := map[string]any{"__metadata__": map[string]string{"format": "pt"}}
	var at int64
	for _, t := range list {
		n := int64(4)
		for _, d := range t.shape {
			n *= int64(d)
		}
		header[t.name] = entry{"F32", t.shape, [2]int64{at, at + n}}
		at += n
	}
	head, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("encoding the header of %s: %w", name, err)
	}
	head = append(head, bytes.Repeat([]byte(" "), (8-len(head)%8)%8)...)
	f, err := os.Create(name + ".partial")
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err == nil {
			err = os.Rename(f.Name(), name)
		} else {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := binary.Write(w, binary.LittleEndian, uint64(len(head))); err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, t := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		values, err := t.read()
		if err != nil {
			return err
		}
		if err := binary.Write(w, binary.LittleEndian, values); err != nil {
			return err
		}
	}
	return w.Flush()
}

// readSafetensors reads all tensors of a small file, such as an adapter.
func readSafetensors(b []byte) (map[string]Matrix, error) {
	if len(b) < 8 {
		return nil, errors.New("the file of tensors is cut off")
	}
	n := binary.LittleEndian.Uint64(b)
	if n > uint64(len(b)-8) {
		return nil, errors.New("the file of tensors is cut off in its header")
	}
	header := map[string]json.RawMessage{}
	if err := json.Unmarshal(b[8:8+n], &header); err != nil {
		return nil, fmt.Errorf("reading the header of the tensors: %w", err)
	}
	data := b[8+n:]
	out := map[string]Matrix{}
	for name, raw := range header {
		if name == "__metadata__" {
			continue
		}
		var e entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("reading the header of %s: %w", name, err)
		}
		m, err := e.matrix(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = m
	}
	return out, nil
}

// A Matrix is a table of numbers, row by row.
type Matrix struct {
	Rows, Columns int
	Values        []float32
}

func (e entry) matrix(data []byte) (Matrix, error) {
	if len(e.Shape) != 2 || e.Shape[0] < 1 || e.Shape[1] < 1 || e.Shape[0] > 1<<20 || e.Shape[1] > 1<<20 {
		return Matrix{}, fmt.Errorf("its shape is %v, not rows and columns", e.Shape)
	}
	if e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] || e.Offsets[1] > int64(len(data)) {
		return Matrix{}, errors.New("it is cut off")
	}
	b := data[e.Offsets[0]:e.Offsets[1]]
	m := Matrix{Rows: e.Shape[0], Columns: e.Shape[1], Values: make([]float32, e.Shape[0]*e.Shape[1])}
	size, read := 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	switch e.DType {
	case "F32":
	case "F16":
		size, read = 2, half
	case "BF16":
		size, read = 2, func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }
	default:
		return Matrix{}, fmt.Errorf("its numbers are %s, which can't be read", e.DType)
	}
	if len(b) != size*len(m.Values) {
		return Matrix{}, fmt.Errorf("%d bytes don't hold %d numbers of %s", len(b), len(m.Values), e.DType)
	}
	for i := range m.Values {
		m.Values[i] = read(b[i*size:])
	}
	return m, nil
}
