package weights

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/ollama/ollama/fs/gguf"
)

// block is the number of values that share a scale in the quantised formats.
const block = 32

// dequantise reads n values of a tensor's bytes.
func dequantise(kind gguf.TensorType, b []byte, n int) ([]float32, error) {
	var size int
	var read func(b []byte, out []float32)
	step := block
	switch kind {
	case gguf.TensorTypeF32:
		step, size, read = 1, 4, func(b []byte, out []float32) {
			out[0] = math.Float32frombits(binary.LittleEndian.Uint32(b))
		}
	case gguf.TensorTypeF16:
		step, size, read = 1, 2, func(b []byte, out []float32) { out[0] = half(b) }
	case gguf.TensorTypeBF16:
		step, size, read = 1, 2, func(b []byte, out []float32) {
			out[0] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
		}
	case gguf.TensorTypeQ8_0:
		size, read = 2+block, q8
	case gguf.TensorTypeQ4_0:
		size, read = 2+block/2, q40
	case gguf.TensorTypeQ4_1:
		size, read = 4+block/2, q41
	default:
		return nil, fmt.Errorf("values of the type %s can't be read: take a model in F16, Q8_0, Q4_0 or Q4_1", kind)
	}
	if n%step != 0 || len(b) != n/step*size {
		return nil, fmt.Errorf("%d bytes don't hold %d values of the type %s", len(b), n, kind)
	}
	out := make([]float32, n)
	for i := 0; i < n/step; i++ {
		read(b[i*size:(i+1)*size], out[i*step:(i+1)*step])
	}
	return out, nil
}

func q8(b []byte, out []float32) {
	d := half(b)
	for i := range out {
		out[i] = d * float32(int8(b[2+i]))
	}
}

func q40(b []byte, out []float32) {
	d := half(b)
	for i := range block / 2 {
		out[i] = d * float32(int(b[2+i]&15)-8)
		out[i+block/2] = d * float32(int(b[2+i]>>4)-8)
	}
}

func q41(b []byte, out []float32) {
	d, m := half(b), half(b[2:])
	for i := range block / 2 {
		out[i] = d*float32(b[4+i]&15) + m
		out[i+block/2] = d*float32(b[4+i]>>4) + m
	}
}

// half reads an IEEE 754 number of 16 bits.
func half(b []byte) float32 {
	h := uint32(binary.LittleEndian.Uint16(b))
	sign, exponent, fraction := h>>15<<31, h>>10&31, h&1023
	switch exponent {
	case 0: // zero or subnormal
		f := float32(fraction) / (1 << 24)
		if sign != 0 {
			f = -f
		}
		return f
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
