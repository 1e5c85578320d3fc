// Python module gliofront.radiomics._features. The checks of its arguments that a caller can read
// are in extract.py; here stand only those that keep the memory safe.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include "driver.hpp"

namespace nb = nanobind;

namespace {

using ValueArray = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using LevelArray = nb::ndarray<nb::ndim<3>, nb::c_contig, nb::device::cpu, nb::ro>;
using CentreArray = nb::ndarray<const int32_t, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using FeatureArray = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

gliofront::Image image_of(const ValueArray& values, const LevelArray& levels) {
    const bool bytes = levels.dtype() == nb::dtype<uint8_t>();
    if (!bytes && levels.dtype() != nb::dtype<uint16_t>()) {
        throw nb::type_error("levels are neither uint8 nor uint16");
    }
    gliofront::Image image{values.data(), levels.data(), bytes, {}};
    for (size_t axis = 0; axis < 3; ++axis) {
        if (values.shape(axis) != levels.shape(axis)) {
            throw nb::value_error("values and levels differ in shape");
        }
        image.shape[axis] = static_cast<int>(levels.shape(axis));
    }
    return image;
}

template <class Word>
bool within(const void* data, size_t count, int highest) {
    const Word* values = static_cast<const Word*>(data);
    bool good = true;
    for (size_t i = 0; i < count; ++i) good = good && values[i] <= highest;
    return good;
}

void check(const gliofront::Image& image, size_t count, const CentreArray& centres,
           const gliofront::Settings& settings) {
    if (settings.radius < 1 || settings.radius > gliofront::kMaxRadius) {
        throw nb::value_error("radius is not 1 to 4");
    }
    if (settings.levels < 2 || settings.levels > 256) throw nb::value_error("ng is not 2 to 256");
    const bool good = image.bytes ? within<uint8_t>(image.levels, count, settings.levels)
                                  : within<uint16_t>(image.levels, count, settings.levels);
    if (!good) throw nb::value_error("a level is above ng");
    for (size_t i = 0; i < centres.shape(0); ++i) {
        for (size_t axis = 0; axis < 3; ++axis) {
            const int32_t place = centres(i, axis);
            if (place < 0 || place >= image.shape[axis]) {
                throw nb::value_error("a centre lies outside the volume");
            }
        }
    }
}

FeatureArray features(const ValueArray& values, const LevelArray& levels,
                      const CentreArray& centres, int radius, int ng, bool merged, bool matlab,
                      int threads) {
    const gliofront::Image image = image_of(values, levels);
    const gliofront::Settings settings{radius, ng, merged, matlab};
    check(image, levels.size(), centres, settings);
    const size_t n = centres.shape(0);
    float* found = new float[n * gliofront::kFeatures];
    nb::capsule owner(found, [](void* data) noexcept { delete[] static_cast<float*>(data); });
    {
        nb::gil_scoped_release release;
        gliofront::compute_features(image, centres.data(), static_cast<int64_t>(n), settings,
                                    threads, found);
    }
    return FeatureArray(found, {n, static_cast<size_t>(gliofront::kFeatures)}, owner);
}

}  // namespace

NB_MODULE(_features, m) {
    m.def("features", &features, nb::arg("values"), nb::arg("levels"), nb::arg("centres"),
          nb::arg("radius"), nb::arg("ng"), nb::arg("merged"), nb::arg("matlab"),
          nb::arg("threads"));
    m.def("usable_builds", &gliofront::usable_builds);
    m.def("chosen_build", &gliofront::chosen_build);
}
