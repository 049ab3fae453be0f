// Package urlescape reads the escapes of URLs.
package urlescape

// Byte is the byte for which the escape at the beginning of a text stands: "%2F" is a slash. It returns false
// where the text begins with no escape.
func Byte(text string) (byte, bool) {
	if len(text) < 3 || text[0] != '%' || !isHex(text[1]) || !isHex(text[2]) {
		return 0, false
	}
	return digit(text[1])<<4 | digit(text[2]), true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// digit is the value of a hexadecimal digit.
func digit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return (c | 0x20) - 'a' + 10
}
