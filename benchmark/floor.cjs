// The floor in a process of Node.js: `node floor.cjs LIBRARY FOLDER REPETITIONS`. Loading the library does it all.

process.dlopen({ exports: {} }, process.argv[2])
