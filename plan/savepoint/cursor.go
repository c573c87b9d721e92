package savepoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// cursor reads what Java's DataOutputStream wrote. After the first error every
// read returns zero, so that callers look at err only where they must.
type cursor struct {
	data []byte
	pos  int
	err  error
}

var errCutOff = errors.New("it is cut off")

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format+" at byte %d", append(args, c.pos)...)
	}
}

// bytes returns the next n bytes; they belong to the file.
func (c *cursor) bytes(n int) []byte {
	if c.err == nil && (n < 0 || n > len(c.data)-c.pos) {
		c.err = fmt.Errorf("%w: %d bytes are missing", errCutOff, n-(len(c.data)-c.pos))
	}
	if c.err != nil {
		return nil
	}
	c.pos += n
	return c.data[c.pos-n : c.pos]
}

func (c *cursor) u8() byte {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() int {
	if b := c.bytes(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (c *cursor) i32() int {
	if b := c.bytes(4); b != nil {
		return int(int32(binary.BigEndian.Uint32(b)))
	}
	return 0
}

func (c *cursor) i64() int64 {
	if b := c.bytes(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// count reads the number of things that follow, each at least size bytes long, so
// that a damaged number cannot keep anybody busy.
func (c *cursor) count(what string, size int) int {
	n := c.i32()
	if c.err == nil && n < 0 {
		c.fail("negative number of %s", what)
	}
	if c.err == nil && n > (len(c.data)-c.pos)/size {
		c.err = fmt.Errorf("%w: there should be %d %s", errCutOff, n, what)
	}
	if c.err != nil {
		return 0
	}
	return n
}

// blob reads a length and so many bytes.
func (c *cursor) blob() []byte { return c.bytes(c.i32()) }

// text reads modified UTF-8 behind its length.
func (c *cursor) text() string {
	return c.modifiedUTF8(c.bytes(c.u16()))
}

// modifiedUTF8 decodes Java's form of UTF-8: NUL in two bytes, and characters
// beyond U+FFFF as two surrogates of three bytes each.
func (c *cursor) modifiedUTF8(b []byte) string {
	ascii := true
	for _, x := range b {
		ascii = ascii && x < 0x80
	}
	if ascii {
		return string(b)
	}
	var units []uint16
	for i := 0; i < len(b); {
		switch x := b[i]; {
		case x < 0x80:
			units = append(units, uint16(x))
			i++
		case x>>5 == 0b110 && i+1 < len(b):
			units = append(units, uint16(x&0x1f)<<6|uint16(b[i+1]&0x3f))
			i += 2
		case x>>4 == 0b1110 && i+2 < len(b):
			units = append(units, uint16(x&0x0f)<<12|uint16(b[i+1]&0x3f)<<6|uint16(b[i+2]&0x3f))
			i += 3
		default:
			c.fail("text that is not modified UTF-8")
			return ""
		}
	}
	return strings.ToValidUTF8(string(utf16.Decode(units)), "\ufffd")
}
