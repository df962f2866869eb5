// CPython inside a Node process, so that CPython's own tests and tripoll share one process. Only `npm run cpython` builds
// this addon; the package does not contain it. There is one interpreter per process, so its state is one static object.
#include <Python.h>
#include <napi.h>

#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

struct Bridge {
  Napi::Env env = nullptr;
  Napi::ObjectReference glue;
  Napi::ObjectReference root;
  PyObject* makeError = nullptr;
  // The state of Python's main thread while JavaScript runs and the GIL is free.
  PyThreadState* released = nullptr;
  std::thread::id thread;
  unsigned long calls = 0;
  // A Python object is always the same object in JavaScript. Both stay alive until the process ends.
  std::unordered_map<PyObject*, Napi::ObjectReference> wrappers;
};
Bridge bridge;

// A JavaScript object in Python.
struct JsObject {
  PyObject_HEAD
  Napi::ObjectReference* reference;
};

void deallocate(PyObject* self) {
  // Only the main thread may use JavaScript; a reference that another thread gives up lasts until the process ends.
  if (std::this_thread::get_id() == bridge.thread) delete reinterpret_cast<JsObject*>(self)->reference;
  Py_TYPE(self)->tp_free(self);
}

PyTypeObject jsObjectType = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0)
    .tp_name = "_tripoll.JsObject",
    .tp_basicsize = sizeof(JsObject),
    .tp_dealloc = deallocate,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

// Holds the GIL while JavaScript calls back into Python.
class HeldGil {
 public:
  HeldGil() { PyEval_RestoreThread(bridge.released); }
  ~HeldGil() { bridge.released = PyEval_SaveThread(); }
  HeldGil(const HeldGil&) = delete;
  HeldGil& operator=(const HeldGil&) = delete;
};

Napi::Value glueCall(const char* name, std::vector<napi_value> args) {
  return bridge.glue.Value().Get(name).As<Napi::Function>().Call(args);
}

std::string textOf(PyObject* object) {
  PyObject* text = PyObject_Str(object);
  const char* utf8 = text == nullptr ? nullptr : PyUnicode_AsUTF8(text);
  std::string result = utf8 == nullptr ? "" : utf8;
  PyErr_Clear();
  Py_XDECREF(text);
  return result;
}

Napi::Value wrap(const char* how, PyObject* object) {
  const auto known = bridge.wrappers.find(object);
  if (known != bridge.wrappers.end()) return known->second.Value();
  Py_INCREF(object);
  const auto handle = Napi::External<PyObject>::New(bridge.env, object);
  const auto name = Napi::String::New(bridge.env, Py_TYPE(object)->tp_name);
  const auto wrapper = glueCall(how, {handle, name}).As<Napi::Object>();
  bridge.wrappers.emplace(object, Napi::Persistent(wrapper));
  return wrapper;
}

// Returns an empty value, and leaves Python's error, if an item cannot be converted.
Napi::Value toJs(PyObject* object) {
  const Napi::Env env = bridge.env;
  if (object == Py_None) return env.Null();
  if (PyBool_Check(object)) return Napi::Boolean::New(env, object == Py_True);
  if (PyLong_Check(object)) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0 && value >= -9007199254740991 && value <= 9007199254740991) {
      return Napi::Number::New(env, static_cast<double>(value));
    }
    PyObject* digits = PyLong_Type.tp_repr(object);
    const auto text = Napi::String::New(env, textOf(digits));
    Py_DECREF(digits);
    return glueCall("toBigInt", {text});
  }
  if (PyFloat_Check(object)) return Napi::Number::New(env, PyFloat_AS_DOUBLE(object));
  if (PyUnicode_Check(object)) {
    PyObject* bytes = PyUnicode_AsEncodedString(object, "utf-16-le", "surrogatepass");
    if (bytes == nullptr) return {};
    const auto* units = reinterpret_cast<const char16_t*>(PyBytes_AS_STRING(bytes));
    const auto text = Napi::String::New(env, units, PyBytes_GET_SIZE(bytes) / 2);
    Py_DECREF(bytes);
    return text;
  }
  if (PyBytes_Check(object)) {
    return Napi::Buffer<char>::Copy(env, PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object));
  }
  if (Py_TYPE(object) == &jsObjectType) return reinterpret_cast<JsObject*>(object)->reference->Value();
  if (PyTuple_CheckExact(object)) {
    const auto array = Napi::Array::New(env, PyTuple_GET_SIZE(object));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); i++) {
      const auto item = toJs(PyTuple_GET_ITEM(object, i));
      if (item.IsEmpty()) return {};
      array.Set(static_cast<uint32_t>(i), item);
    }
    return array;
  }
  return wrap(PyList_Check(object) ? "wrapList" : "wrapObject", object);
}

PyObject* toPython(const Napi::Value& value) {
  if (value.IsUndefined() || value.IsNull()) Py_RETURN_NONE;
  if (value.IsBoolean()) return PyBool_FromLong(value.As<Napi::Boolean>());
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>();
    return glueCall("isInt", {value}).ToBoolean() ? PyLong_FromDouble(number) : PyFloat_FromDouble(number);
  }
  if (value.IsBigInt()) return PyLong_FromString(value.ToString().Utf8Value().c_str(), nullptr, 10);
  if (value.IsString()) {
    const std::u16string units = value.As<Napi::String>();
    int order = -1;
    return PyUnicode_DecodeUTF16(reinterpret_cast<const char*>(units.data()), units.size() * 2, "surrogatepass", &order);
  }
  const auto handle = glueCall("handleOf", {value});
  if (handle.IsExternal()) return Py_NewRef(handle.As<Napi::External<PyObject>>().Data());
  if (value.IsArray()) {
    const auto array = value.As<Napi::Array>();
    PyObject* list = PyList_New(array.Length());
    for (uint32_t i = 0; list != nullptr && i < array.Length(); i++) {
      PyObject* item = toPython(array.Get(i));
      if (item == nullptr) Py_CLEAR(list);
      else PyList_SET_ITEM(list, i, item);
    }
    return list;
  }
  if (value.IsBuffer()) {
    const auto buffer = value.As<Napi::Buffer<char>>();
    return PyBytes_FromStringAndSize(buffer.Data(), buffer.Length());
  }
  auto* object = PyObject_New(JsObject, &jsObjectType);
  if (object == nullptr) return nullptr;
  object->reference = new Napi::ObjectReference(Napi::Persistent(value.As<Napi::Object>()));
  return reinterpret_cast<PyObject*>(object);
}

// Throws Python's current error in JavaScript. If tripoll lets it through, Python gets the same object back.
Napi::Value throwInJs() {
  PyObject *type, *error, *traceback;
  PyErr_Fetch(&type, &error, &traceback);
  PyErr_NormalizeException(&type, &error, &traceback);
  const char* kind = PyErr_GivenExceptionMatches(type, PyExc_ValueError) ||
                             PyErr_GivenExceptionMatches(type, PyExc_OverflowError)
                         ? "RangeError"
                     : PyErr_GivenExceptionMatches(type, PyExc_TypeError) ? "TypeError"
                                                                          : "Error";
  const Napi::Env env = bridge.env;
  // The error keeps its reference, as long as the process lasts.
  const auto handle = Napi::External<PyObject>::New(env, error);
  const auto thrown =
      glueCall("makeError", {Napi::String::New(env, kind), Napi::String::New(env, textOf(error)), handle});
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  napi_throw(env, thrown);
  return env.Undefined();
}

// Raises JavaScript's current error in Python.
PyObject* raiseInPython() {
  const Napi::Object error = bridge.env.GetAndClearPendingException().Value();
  PyObject* made = nullptr;
  const auto handle = glueCall("handleOf", {error});
  if (handle.IsExternal()) {
    made = Py_NewRef(handle.As<Napi::External<PyObject>>().Data());
  } else {
    PyObject* fields = toPython(glueCall("describeError", {error}));
    if (fields == nullptr) return nullptr;
    made = PyObject_CallFunctionObjArgs(bridge.makeError, fields, nullptr);
    Py_DECREF(fields);
  }
  if (made == nullptr) return nullptr;
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made)), made);
  Py_DECREF(made);
  return nullptr;
}

// call(target, name, arguments, construct): calls a method of a JavaScript object, or makes an object of a class.
PyObject* call(PyObject*, PyObject* args) {
  PyObject *target, *arguments;
  const char* name;
  int construct;
  if (!PyArg_ParseTuple(args, "O!sO!p", &jsObjectType, &target, &name, &PyTuple_Type, &arguments, &construct)) {
    return nullptr;
  }
  if (std::this_thread::get_id() != bridge.thread) {
    PyErr_SetString(PyExc_RuntimeError, "JavaScript runs on the main thread only");
    return nullptr;
  }
  const Napi::HandleScope scope(bridge.env);
  std::vector<napi_value> values;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(arguments); i++) {
    const auto value = toJs(PyTuple_GET_ITEM(arguments, i));
    if (value.IsEmpty()) return nullptr;
    values.push_back(value);
  }
  const Napi::Object object = reinterpret_cast<JsObject*>(target)->reference->Value();
  const auto member = object.Get(name);
  if (!member.IsFunction()) return PyErr_Format(PyExc_AttributeError, "tripoll has no function %s", name);
  const auto function = member.As<Napi::Function>();
  bridge.calls++;
  bridge.released = PyEval_SaveThread();
  const Napi::Value result = construct ? Napi::Value(function.New(values)) : function.Call(object, values);
  PyEval_RestoreThread(bridge.released);
  if (bridge.env.IsExceptionPending()) return raiseInPython();
  return toPython(result);
}

// get(target, name): a property of a JavaScript object; an array, a class and a function come as they are.
PyObject* get(PyObject*, PyObject* args) {
  PyObject* target;
  const char* name;
  if (!PyArg_ParseTuple(args, "O!s", &jsObjectType, &target, &name)) return nullptr;
  const Napi::HandleScope scope(bridge.env);
  bridge.calls++;
  const auto value = reinterpret_cast<JsObject*>(target)->reference->Value().Get(name);
  if (bridge.env.IsExceptionPending()) return raiseInPython();
  return toPython(value);
}

PyObject* callCount(PyObject*, PyObject*) { return PyLong_FromUnsignedLong(bridge.calls); }

PyObject* setErrorMaker(PyObject*, PyObject* maker) {
  bridge.makeError = Py_NewRef(maker);
  Py_RETURN_NONE;
}

PyMethodDef methods[] = {
    {"call", call, METH_VARARGS, nullptr},
    {"get", get, METH_VARARGS, nullptr},
    {"call_count", callCount, METH_NOARGS, nullptr},
    {"set_error_maker", setErrorMaker, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef module = {.m_base = PyModuleDef_HEAD_INIT, .m_name = "_tripoll", .m_size = -1, .m_methods = methods};

PyObject* initModule() {
  if (PyType_Ready(&jsObjectType) < 0) return nullptr;
  const Napi::HandleScope scope(bridge.env);
  PyObject* self = PyModule_Create(&module);
  if (self != nullptr && PyModule_AddObject(self, "root", toPython(bridge.root.Value())) < 0) Py_CLEAR(self);
  return self;
}

PyObject* handleAt(const Napi::CallbackInfo& info) { return info[0].As<Napi::External<PyObject>>().Data(); }

Napi::Value resultOf(PyObject* owned) {
  if (owned == nullptr) return throwInJs();
  const auto value = toJs(owned);
  Py_DECREF(owned);
  return value.IsEmpty() ? throwInJs() : value;
}

// hasAttribute(handle, name)
Napi::Value hasAttribute(const Napi::CallbackInfo& info) {
  const HeldGil gil;
  PyObject* attribute = PyObject_GetAttrString(handleAt(info), info[1].ToString().Utf8Value().c_str());
  if (attribute == nullptr && !PyErr_ExceptionMatches(PyExc_AttributeError)) return throwInJs();
  PyErr_Clear();
  Py_XDECREF(attribute);
  return Napi::Boolean::New(info.Env(), attribute != nullptr);
}

// callMethod(handle, name)
Napi::Value callMethod(const Napi::CallbackInfo& info) {
  const HeldGil gil;
  return resultOf(PyObject_CallMethod(handleAt(info), info[1].ToString().Utf8Value().c_str(), nullptr));
}

// length(handle) of a list
Napi::Value length(const Napi::CallbackInfo& info) {
  const HeldGil gil;
  return Napi::Number::New(info.Env(), static_cast<double>(PyList_GET_SIZE(handleAt(info))));
}

// item(handle, index) of a list
Napi::Value item(const Napi::CallbackInfo& info) {
  const HeldGil gil;
  return resultOf(PySequence_GetItem(handleAt(info), info[1].ToNumber().Int64Value()));
}

// items(handle): all items of an iterable
Napi::Value items(const Napi::CallbackInfo& info) {
  const HeldGil gil;
  return resultOf(PySequence_Tuple(handleAt(info)));
}

// main(glue, root, argv): runs Python with these arguments, and returns its exit code.
Napi::Value main(const Napi::CallbackInfo& info) {
  bridge.env = info.Env();
  bridge.glue = Napi::Persistent(info[0].As<Napi::Object>());
  bridge.root = Napi::Persistent(info[1].As<Napi::Object>());
  bridge.thread = std::this_thread::get_id();
  const auto argv = info[2].As<Napi::Array>();
  std::vector<std::string> texts;
  std::vector<char*> pointers;
  for (uint32_t i = 0; i < argv.Length(); i++) texts.push_back(argv.Get(i).ToString());
  for (auto& text : texts) pointers.push_back(text.data());
  if (PyImport_AppendInittab("_tripoll", initModule) < 0) return Napi::Number::New(info.Env(), 1);
  return Napi::Number::New(info.Env(), Py_BytesMain(static_cast<int>(pointers.size()), pointers.data()));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("main", Napi::Function::New(env, main));
  exports.Set("hasAttribute", Napi::Function::New(env, hasAttribute));
  exports.Set("callMethod", Napi::Function::New(env, callMethod));
  exports.Set("length", Napi::Function::New(env, length));
  exports.Set("item", Napi::Function::New(env, item));
  exports.Set("items", Napi::Function::New(env, items));
  return exports;
}

}  // namespace

NODE_API_MODULE(python, init)
