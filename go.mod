module github.com/meshposture/meshposture

go 1.26
