package memo_test

import (
	"fmt"

	"github.com/meshposture/meshposture/internal/memo"
)

func Example() {
	var squares memo.Map[int, int]
	square := func(n int) int {
		return squares.Of(n, func() int {
			fmt.Println("computed", n)
			return n * n
		})
	}
	fmt.Println(square(3), square(3))
	// Output:
	// computed 3
	// 9 9
}
