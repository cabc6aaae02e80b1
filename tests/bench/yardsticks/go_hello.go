// SPDX-License-Identifier: Apache-2.0

// The yardstick of tests/bench/manager.py: the least that a server of Go's net/http can do. It prints its port.
package main

import (
	"fmt"
	"net"
	"net/http"
)

func main() {
	body := []byte("{\"message\":\"hello, world\"}\n")
	http.HandleFunc("/hello", func(writer http.ResponseWriter, request *http.Request) {
		writer.Header().Set("Content-Type", "application/json")
		writer.Write(body)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, nil))
}
