{
  "variables": {
    # CI passes -Dwerror=1; -Dtripoll_asan=1 builds for a Node started under
    # LD_PRELOAD=libasan.so; plain "asan" is a variable of Node itself, whose config.gypi would win.
    "werror%": 0,
    "tripoll_asan%": 0
  },
  "targets": [
    {
      "target_name": "tripoll",
      "sources": [
        "native/addon.cc",
        "native/call.cc",
        "native/environment.cc",
        "native/owned_fds.cc",
        "native/constants.cc",
        "native/select.cc",
        "native/poll.cc",
        "native/epoll.cc",
        "native/socket.cc",
        "native/sockopt.cc",
        "native/transfer.cc",
        "native/batch.cc",
        "native/blocking_call.cc",
        "native/fd.cc",
        "native/names.cc",
        "native/node_loop.cc"
      ],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include_dir\")"],
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "_GNU_SOURCE"
      ],
      "cflags_cc!": ["-fexceptions"],
      "cflags_cc": [
        "-std=c++17",
        "-fno-exceptions",
        "-fno-rtti",
        "-fvisibility=hidden",
        "-fstack-protector-strong",
        "-Wall",
        "-Wextra"
      ],
      "ldflags": ["-Wl,-z,relro,-z,now", "-Wl,-z,noexecstack"],
      "conditions": [
        ["werror==1", { "cflags_cc": ["-Werror"] }],
        ["tripoll_asan==1", {
          "cflags_cc": [
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover=undefined",
            "-fno-omit-frame-pointer",
            "-O1",
            "-g"
          ],
          "ldflags": ["-fsanitize=address,undefined"]
        }, {
          "defines": ["_FORTIFY_SOURCE=2"]
        }]
      ]
    }
  ]
}
